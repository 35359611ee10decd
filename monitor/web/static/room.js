"use strict";
/* Times in the browser's zone, live parts, and keys. Every screen works without it. */
{
  const find = (what, within = document) => within.querySelector(what);
  const all = (what, within = document) => [...within.querySelectorAll(what)];
  const kept = {
    get: (name) => { try { return localStorage.getItem(name); } catch { return null; } },
    set: (name, value) => { try { localStorage.setItem(name, value); } catch { /* private window */ } },
  };

  /* Times, in the words of the server: "12 minutes ago", "Tue 09:00 GMT". The server's clock counts, which a replay moves
     and may make faster than the browser's. */
  let apart = Date.parse(document.body.dataset.now) - Date.now();
  const now = () => Date.now() + apart;
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const written = (options) => new Intl.DateTimeFormat("en-GB", { timeZone: zone, ...options });
  const clock = written({ hour: "2-digit", minute: "2-digit", timeZoneName: "short" });
  const day = written({ year: "numeric", month: "numeric", day: "numeric" });
  const weekday = written({ weekday: "short" });
  const date = written({ day: "numeric", month: "short" });
  const year = written({ year: "numeric" });

  const ago = (at) => {
    const span = Math.abs(at - now());
    if (span < 60e3) return at <= now() ? "just now" : "in a moment";
    const minutes = Math.round(span / 60e3);
    const words = minutes < 120 ? `${minutes} minute${minutes === 1 ? "" : "s"}`
      : minutes < 2880 ? `${Math.round(minutes / 60)} hours` : `${Math.round(minutes / 1440)} days`;
    return at <= now() ? `${words} ago` : `in ${words}`;
  };
  const absolute = (at) => {
    if (day.format(at) === day.format(now())) return clock.format(at);
    if (Math.abs(at - now()) < 6 * 864e5) return `${weekday.format(at)} ${clock.format(at)}`;
    const other = year.format(at) === year.format(now()) ? "" : ` ${year.format(at)}`;
    return `${date.format(at)}${other} ${clock.format(at)}`;
  };
  const tick = (within = document) => {
    for (const each of all("time.moment", within)) {
      const at = Date.parse(each.dateTime), show = each.dataset.show;
      const said = show === "ago" ? ago(at) : show === "clock" ? absolute(at) : `${ago(at)}, ${absolute(at)}`;
      if (each.textContent !== said) each.textContent = said;
      if (show !== "both") each.title = show === "ago" ? absolute(at) : ago(at);
    }
  };
  tick();
  setInterval(tick, 20e3);

  /* Live parts: <div data-live="address"> holds what the address answers. What did not change stays as it is, so that focus,
     selection and scroll stay; fields that somebody fills in are left alone. A button never becomes another one, and where
     buttons have just moved a press is not taken: it was meant for what was there. */
  const name = (node) => node.nodeType === 1 ? node.dataset.item || node.id || node.nodeName === "BUTTON" && node.value : "";
  const SETTLES = 400;
  let moved = -SETTLES;
  const moves = (node) => { if (node.nodeType === 1 && (node.matches("button") || find("button", node))) moved = performance.now(); };
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-live] button") && performance.now() - moved < SETTLES) event.preventDefault();
  }, true);
  const same = (a, b) => a.nodeType === b.nodeType && a.nodeName === b.nodeName && name(a) === name(b);
  const update = (old, fresh) => {
    if (old.nodeType !== 1) { if (old.data !== fresh.data) old.data = fresh.data; return; }
    if (old.isEqualNode(fresh) || old === document.activeElement && old.matches("input, select, textarea")) return;
    for (const { name: each } of [...old.attributes]) if (!fresh.hasAttribute(each) && each !== "open") old.removeAttribute(each);
    for (const { name: each, value } of fresh.attributes) if (old.getAttribute(each) !== value) old.setAttribute(each, value);
    fill(old, fresh);
  };
  const fill = (old, fresh) => {
    const named = new Map([...old.children].filter(name).map((each) => [name(each), each])), kept = new Set();
    let place = old.firstChild;
    for (const each of [...fresh.childNodes]) {
      let known = name(each) ? named.get(name(each)) : place;
      if (name(each)) { if (known && !same(known, each)) known = null; }
      else while (known && (name(known) || !same(known, each))) known = known.nextSibling;
      const ahead = known && place && (known === place || place.compareDocumentPosition(known) & Node.DOCUMENT_POSITION_FOLLOWING);
      if (ahead) place = known.nextSibling; else { moves(known || each); old.insertBefore(known || each, place); }
      if (known) update(known, each);
      kept.add(known || each);
    }
    for (const each of [...old.childNodes]) if (!kept.has(each)) { moves(each); each.remove(); }
  };
  const holding = (change) => {
    const active = document.activeElement, item = active.closest("[data-item]")?.dataset.item;
    change();
    if (active === document.activeElement || active === document.body) return;
    const again = active.isConnected ? active : item && find(`[data-item="${CSS.escape(item)}"] a[href]`) || find("#main");
    again.focus({ preventScroll: true });
  };

  const state = find("[data-live-state]");
  let out = false;  /* the visit has ended */
  const tell = (cut) => {
    if (!state) return;
    state.classList.toggle("cut", cut);
    state.classList.toggle("on", !cut);
    const words = find("[data-words]", state), said = out ? "Signed out. As of" : cut ? "Not live. As of" : "Live";
    if (words.textContent !== said) words.textContent = said;
    find("time", state).hidden = !cut;
    find("a", state).hidden = !out;  /* leads here again, and so to where one signs in */
  };
  const seen = () => {
    if (!state) return;
    find("time", state).dateTime = new Date(now()).toISOString();
    tick(state);
  };
  /* `mark` names what is shown, `wanted` what there is. A part that can't be had is asked for again. */
  const AGAIN = 6e3;
  let line, late, mark = document.body.dataset.mark, wanted = mark, asking = false;
  const refresh = async () => {
    if (asking) return;
    asking = true;
    try {
      while (mark !== wanted) {
        const next = wanted;
        for (const part of all("[data-live]")) {
          const answer = await fetch(part.dataset.live, { redirect: "error" });
          if (!answer.ok) throw new Error(String(answer.status));
          const fresh = part.cloneNode(false);
          fresh.append(...new DOMParser().parseFromString(await answer.text(), "text/html").body.childNodes);
          tick(fresh);
          holding(() => fill(part, fresh));
        }
        mark = next;
      }
      seen();
      if (line?.readyState === EventSource.OPEN) tell(false);
    } catch (error) {
      out = error.message === "401";
      tell(true);
      if (!out) setTimeout(refresh, AGAIN);
    }
    asking = false;
  };
  const count = find("[data-waiting]"), title = document.title.replace(/^\(\d+\) /, "");
  const counted = (waiting) => {
    if (waiting === undefined || String(waiting || "") === (count.dataset.waiting || "")) return;
    count.dataset.waiting = waiting || "";
    const hidden = Object.assign(document.createElement("span"), { className: "unseen", textContent: " that call for somebody" });
    count.replaceChildren(...(waiting ? [String(waiting), hidden] : []));
    document.title = waiting ? `(${waiting}) ${title}` : title;
  };
  /* A page that nobody sees holds no line: browsers allow six to a site. */
  const leave = () => { if (line) line.close(); line = null; late = clearTimeout(late); };
  const hear = () => {
    leave();
    line = new EventSource("/events");
    line.addEventListener("changed", (event) => {
      late = clearTimeout(late);
      const { waiting, mark: fresh, now: there } = JSON.parse(event.data);
      apart = Date.parse(there) - Date.now();
      counted(waiting);
      wanted = fresh;
      out = false;
      if (fresh === mark) tell(false); else refresh();
    });
    line.addEventListener("error", () => {
      if (late) return;
      if (!state?.classList.contains("cut")) seen();  /* so long it was live */
      late = setTimeout(() => {
        late = undefined;
        tell(true);
        if (line?.readyState !== EventSource.CLOSED) return;  /* the browser comes back by itself */
        wanted = "";
        refresh();
        if (!out) hear();
      }, AGAIN);
    });
  };
  if (window.EventSource && find("[data-waiting]")) {
    if (!document.hidden) hear();
    document.addEventListener("visibilitychange", () => { if (document.hidden) leave(); else hear(); });
    addEventListener("pagehide", leave);
    addEventListener("pageshow", (event) => { if (event.persisted) hear(); });
  }

  /* Keys. They can be switched off (WCAG 2.1.4), and are never taken from a field. */
  const help = find("#help"), opener = find("[data-help]"), on = find("[data-keys]");
  on.checked = kept.get("keys") !== "off";
  on.addEventListener("change", () => kept.set("keys", on.checked ? "on" : "off"));
  opener.hidden = false;
  opener.addEventListener("click", () => help.showModal());
  help.addEventListener("click", (event) => { if (event.target === help) help.close(); });

  const step = (by) => {
    const items = all("[data-item]").filter((each) => each.offsetParent);
    if (!items.length) return;
    const here = items.findIndex((each) => each.contains(document.activeElement));
    const item = items[here < 0 ? (by > 0 ? 0 : items.length - 1) : Math.max(0, Math.min(items.length - 1, here + by))];
    const target = find("a[href], button, summary, input", item) || item;
    target.focus({ focusVisible: true });
    target.scrollIntoView({ block: "nearest" });
  };
  let went = 0;
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || !on.checked || help.open) return;
    if (event.target.closest("input, textarea, select, [contenteditable]")) return;
    const after = Date.now() - went < 1500;
    went = 0;
    const target = after && /^[a-z]$/.test(event.key) && find(`[data-go="${event.key}"]`);
    if (target) target.click();
    else if (event.key === "g") { went = Date.now(); return; }
    else if (event.key === "j") step(1);
    else if (event.key === "k") step(-1);
    else if (event.key === "/") { const field = find("[data-search]"); if (field) field.focus(); else location.assign("/search"); }
    else if (event.key === "?") help.showModal();
    else return;
    event.preventDefault();
  });

  /* The panel of who is here closes when one looks elsewhere; who acts as somebody else stays at the screen. */
  const who = find(".who details"), next = find("[name=next]", who);
  if (next) next.value = location.pathname + location.search;
  document.addEventListener("click", (event) => { if (!who.contains(event.target)) who.open = false; });
  document.addEventListener("keydown", (event) => { if (event.key === "Escape" && who.open) { who.open = false; find("summary", who).focus(); } });
}
