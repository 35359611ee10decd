"use strict";
// Subscribes this browser and tells the daemon.

const button = document.getElementById("subscribe");
const said = document.getElementById("said");

function bytes(key) {
  const plain = atob(key.replace(/-/g, "+").replace(/_/g, "/"));
  return Uint8Array.from(plain, (char) => char.charCodeAt(0));
}

async function subscribe() {
  if (!("serviceWorker" in navigator) || !("PushManager" in window)) {
    throw new Error("This browser can't get push messages here.");
  }
  if ((await Notification.requestPermission()) !== "granted") {
    throw new Error("The browser may not show messages: allow it in its settings for this page.");
  }
  await navigator.serviceWorker.register("worker.js");
  const worker = await navigator.serviceWorker.ready;
  const known = await worker.pushManager.getSubscription();
  if (known) {
    await known.unsubscribe(); // it may be of a former key
  }
  const subscription = await worker.pushManager.subscribe({
    userVisibleOnly: true,
    applicationServerKey: bytes(button.dataset.key),
  });
  const answer = await fetch(location.href, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(subscription),
  });
  if (!answer.ok) {
    throw new Error((await answer.json()).error || "It was not taken: try it again.");
  }
}

button.addEventListener("click", async () => {
  button.disabled = true;
  try {
    await subscribe();
    said.textContent = "This browser gets pages now. A test page shows whether they arrive.";
  } catch (error) {
    said.textContent = error.message;
    button.disabled = false;
  }
});
