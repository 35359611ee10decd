"use strict";
/* Label: the next post is there before it is asked for, and what was said is sent behind. Without it the forms do the same. */
{
  const asked = document.getElementById("asked"), problem = document.getElementById("problem"), heard = document.getElementById("heard");
  const undo = document.getElementById("undo");
  const ahead = [], past = [];
  const seen = new Set([...asked.querySelectorAll("[data-post]")].map((each) => each.dataset.post));
  let all = false, under = null, sending = Promise.resolve(), count = 0, unsent = 0, failed = 0;

  const parsed = (text) => [...new DOMParser().parseFromString(text, "text/html").body.children].map((each) => document.adoptNode(each));
  const card = () => asked.querySelector("[data-post]");
  const tell = (words) => { heard.textContent = words; };
  const trouble = (nodes) => problem.replaceChildren(...nodes);
  const wrong = (words) => {
    const box = Object.assign(document.createElement("div"), { className: "notice bad" });
    box.append(Object.assign(document.createElement("p"), { textContent: words }));
    trouble([box]);
  };

  /* Posts ahead of the one that is shown; the last child of an answer without posts says that nothing is left. */
  let end = null;
  const more = () => {
    if (all || under || ahead.length > 4) return under;
    const last = ahead.at(-1) || card();
    const after = last ? last.dataset.after : "";
    const address = new URL(asked.dataset.more, location);
    if (after) address.searchParams.set("after", after);
    under = fetch(address, { redirect: "error" }).then(async (answer) => {
      if (!answer.ok) throw new Error(String(answer.status));
      const fresh = parsed(await answer.text());
      const posts = fresh.filter((each) => each.dataset.post && !seen.has(each.dataset.post));
      if (!posts.length) { all = true; end = fresh.find((each) => !each.dataset.post) || null; }
      posts.forEach((each) => seen.add(each.dataset.post));
      ahead.push(...posts);
    }).catch(() => wrong("The next posts can't be fetched. Check the line, then load the page anew: what you said is kept."))
      .finally(() => { under = null; });
    return under;
  };

  const show = (node) => {
    asked.replaceChildren(...(node ? [node] : []));
    if (node && node.dataset.post) {
      node.focus({ preventScroll: true });
      if (asked.getBoundingClientRect().top < 0) asked.scrollIntoView();
    }
  };
  const next = async () => {
    if (!ahead.length) await more();
    if (!ahead.length && !all) { show(null); await more(); }
    show(ahead.shift() || end);
    more();
  };

  /* One after the other, in the order in which they were said. A post that could not be kept comes back. */
  const send = (form, data, was) => {
    unsent += 1;
    sending = sending.then(async () => {
      try {
        const answer = await fetch(form.action, { method: "POST", body: new URLSearchParams(data), redirect: "error" });
        const fresh = parsed(await answer.text());
        if (!answer.ok) {
          if (answer.status !== 422) throw new Error(String(answer.status));
          trouble(fresh);
          throw null;
        }
        trouble([]);
        for (const each of fresh) document.getElementById(each.id)?.replaceWith(each);
        document.dispatchEvent(new CustomEvent("shown"));
      } catch (error) {
        failed += 1;
        if (error) wrong("That was not kept: the line is cut, or you were signed out. The post is here again.");
        if (was) {
          past.splice(past.findIndex((each) => each.card === was), 1);
          const now = card();
          if (now) ahead.unshift(now);
          show(was);
        }
      }
      unsent -= 1;
    });
  };

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.matches("[data-undo]")) { event.preventDefault(); back(); return; }
    if (!form.matches("[data-say]")) return;
    event.preventDefault();
    const data = new FormData(form, event.submitter);
    data.set("live", "1");
    if (form.matches("[data-same]")) {
      const same = [...data].filter(([name]) => name.startsWith("post")).map(([, value]) => value);
      for (const each of ahead.filter((one) => same.includes(one.dataset.post))) ahead.splice(ahead.indexOf(each), 1);
      send(form, data, null);
      if (card() && same.includes(card().dataset.post)) next();
      return;
    }
    const was = card();
    past.push({ card: was, said: true });
    count += 1;
    tell(`${(event.submitter.querySelector("span") || event.submitter).textContent}. ${count} said.`);
    send(form, data, was);
    next();
  });

  const skip = () => {
    past.push({ card: card(), said: false });
    tell("Skipped.");
    next();
  };

  const back = () => {
    const last = past.at(-1);
    if (last && !last.said) {
      past.pop();
      if (card()) ahead.unshift(card());
      show(last.card);
      tell("Back.");
      return;
    }
    const data = new FormData(undo), before = failed;
    data.set("live", "1");
    sending = sending.then(async () => {
      if (failed > before) return; // what was to be taken back was not kept: the word before it stands
      try {
        const answer = await fetch(undo.action, { method: "POST", body: new URLSearchParams(data), redirect: "error" });
        const fresh = parsed(await answer.text());
        if (answer.status === 422) { trouble(fresh); return; }
        if (!answer.ok) throw new Error(String(answer.status));
        for (const each of fresh) if (each.id) document.getElementById(each.id)?.replaceWith(each);
        const [post] = fresh.filter((each) => each.dataset.post);
        if (!post) return;
        const place = past.findLastIndex((each) => each.said && each.card.dataset.post === post.dataset.post);
        const [known] = place >= 0 ? past.splice(place, 1) : [];
        if (card()) ahead.unshift(card());
        show(known ? known.card : post);
        trouble([]);
        tell("Taken back.");
        count = Math.max(0, count - 1);
      } catch { wrong("That could not be taken back. Check the line and try again."); }
    });
  };

  document.addEventListener("click", (event) => {
    const link = event.target.closest("[data-skip]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    skip();
  });

  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.repeat) return;
    if (event.target.closest("input:not([type=checkbox]), textarea, select, dialog")) return;
    try { if (localStorage.getItem("keys") === "off") return; } catch { /* private window */ }
    const one = card();
    const button = /^[a-z0-9]$/.test(event.key) && one && one.querySelector(`[data-key="${event.key}"]`);
    if (!button) return;
    event.preventDefault();
    button.click();
  });

  /* Who leaves while something is still being kept is asked first. */
  addEventListener("beforeunload", (event) => { if (unsent) event.preventDefault(); });

  more();
}
