"use strict";
// Counts and reads the reply while it is written, and copies it. Without it everything is done by the page's buttons.

const PAUSE = 400; // milliseconds without a key before the reply is read
const AGAIN = 3000;

const editor = document.getElementById("editor");
const text = document.getElementById("text");
let leaving = false;

if (editor) {
  const [counted, found, list, approve, back] = ["counted", "found", "findings", "approve", "back"].map((id) =>
    document.getElementById(id),
  );
  const first = text.value;
  let waiting, former;
  let asked = 0;
  document.getElementById("check").hidden = true; // it is read by itself

  const later = (pause) => {
    clearTimeout(waiting);
    waiting = setTimeout(read, pause);
  };

  const read = async () => {
    const mine = ++asked;
    const body = new URLSearchParams(new FormData(editor));
    try {
      const answer = await fetch(editor.dataset.lint, { method: "POST", body });
      if (mine !== asked) {
        return; // something was typed since
      }
      if (answer.status === 429 || answer.status === 503) {
        later(AGAIN);
        return;
      }
      if (!answer.ok) {
        throw new Error(`status ${answer.status}`);
      }
      show(await answer.json());
    } catch {
      found.textContent = "not read: there is no answer; it is read again when you approve it";
    }
  };

  const show = (answer) => {
    counted.textContent = answer.counted;
    if (found.textContent !== answer.found) {
      found.textContent = answer.found; // said aloud, so only when it is news
    }
    found.parentElement.classList.toggle("critical", answer.blocked);
    list.innerHTML = answer.html; // made by the page's own template, which escapes it
    for (const each of editor.querySelectorAll("[value^=approve]")) {
      each.disabled = answer.blocked;
    }
    if (approve) {
      approve.textContent = answer.approve;
    }
  };

  const write = (words) => {
    text.value = words;
    later(0);
    text.focus({ preventScroll: true });
  };

  text.addEventListener("input", () => later(PAUSE));

  editor.addEventListener("click", (event) => {
    const chosen = event.target.closest("button[data-words]");
    if (chosen) {
      event.preventDefault();
      const known = [...editor.querySelectorAll("[data-words]")].map((each) => each.dataset.words);
      if (!known.includes(text.value) && text.value.trim()) {
        former = { words: text.value, variant: editor.elements.variant.value };
        back.hidden = false;
      }
      use(chosen.dataset.words, chosen.dataset.variant);
    }
  });

  back?.addEventListener("click", () => {
    back.hidden = true;
    use(former.words, former.variant);
  });

  const use = (words, variant) => {
    editor.elements.variant.value = variant;
    for (const each of editor.querySelectorAll("[data-words]")) {
      each.setAttribute("aria-pressed", String(each.dataset.variant === variant && each.dataset.words === words));
    }
    write(words);
  };

  list.addEventListener("click", (event) => {
    const place = event.target.closest("[data-start]");
    if (place) {
      // The page counts characters, the browser halves of some.
      const units = (count) => [...text.value].slice(0, count).join("").length;
      text.focus();
      text.setSelectionRange(units(+place.dataset.start), units(+place.dataset.end));
      text.scrollIntoView({ block: "center" });
    }
  });

  window.addEventListener("beforeunload", (event) => {
    if (!leaving && text.value !== first) {
      event.preventDefault(); // the browser asks whether what was typed shall be lost
    }
  });
}

document.addEventListener("submit", (event) => {
  if (leaving) {
    event.preventDefault(); // pressed twice
  }
  leaving = true;
});
window.addEventListener("pageshow", () => {
  leaving = false;
});

for (const button of document.querySelectorAll("[data-copy]")) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    const words = document.getElementById(button.dataset.copy);
    words.select();
    try {
      await navigator.clipboard.writeText(words.value);
    } catch {
      document.execCommand("copy"); // a page that came without TLS has no other way
    }
    button.textContent = "Copied";
  });
}

// What moves by itself is shown as it moves on, unless somebody is just writing why it is withdrawn.
const moving = document.querySelector("[data-again]");
if (moving) {
  setInterval(() => {
    if (!document.querySelector("details[open]")) {
      location.replace(location.href);
    }
  }, +moving.dataset.again * 1000);
}
