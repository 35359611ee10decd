"use strict";
// Shows what is pushed; a click opens the person's page of it.

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("push", (event) => {
  let page = {};
  try {
    page = event.data.json();
  } catch {
    // Something must be shown for every push, and that there is one is the news.
  }
  event.waitUntil(
    self.registration.showNotification(page.title || "snapwatch", {
      body: page.body || "",
      tag: page.tag || "snapwatch",
      renotify: true,
      requireInteraction: page.severity === "critical",
      data: { link: page.link },
    }),
  );
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const link = event.notification.data.link;
  // Nowhere but to the daemon itself.
  if (link && new URL(link).origin === self.location.origin) {
    event.waitUntil(self.clients.openWindow(link));
  }
});
