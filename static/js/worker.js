/* The worker of the counter. TOLD (its version, the page without a line, and what that is
   drawn with) is written above by the view.

   It answers GET only. It keeps files whose name has their hash, and one page that says
   there is no connection. It keeps no page of a sale, sends nothing again and nothing later,
   and leaves the admin alone. */
"use strict";

const KEPT = `topnet-${TOLD.version}`;
const HASHED = /\/static\/.+\.[0-9a-f]{12}\.[a-z0-9]+$/;

self.addEventListener("install", (event) => {
  event.waitUntil(
    caches.open(KEPT).then((kept) => kept.addAll([TOLD.offline, ...TOLD.files]))
      .then(() => self.skipWaiting()),
  );
});

self.addEventListener("activate", (event) => {
  const isOld = (name) => name.startsWith("topnet-") && name !== KEPT;
  event.waitUntil(
    caches.keys().then((names) => Promise.all(names.filter(isOld).map((name) => caches.delete(name))))
      .then(() => self.clients.claim()),
  );
});

/* The page without a line, in the language that is read now. */
self.addEventListener("message", (event) => {
  const language = event.data && event.data.language;
  if (typeof language !== "string" || !/^[a-z-]{2,10}$/.test(language)) return;
  event.waitUntil(
    fetch(`${TOLD.offline}?language=${language}`, { credentials: "omit" })
      .then((answer) => answer.ok && caches.open(KEPT).then((kept) => kept.put(TOLD.offline, answer)))
      .catch(() => undefined),
  );
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== self.location.origin) return;
  if (url.pathname.startsWith("/admin/")) return;
  if (HASHED.test(url.pathname)) event.respondWith(kept(request));
  else if (request.mode === "navigate") event.respondWith(fetch(request).catch(() => without(TOLD.offline)));
  else if (TOLD.files.includes(url.pathname)) event.respondWith(fetch(request).catch(() => without(request)));
});

/* A file with its hash in its name never changes. */
function kept(request) {
  return caches.match(request).then((found) => found || fetch(request).then((answer) => {
    if (!answer.ok) return answer;
    const copy = answer.clone();
    return caches.open(KEPT).then((store) => store.put(request, copy)).then(() => answer, () => answer);
  }));
}

function without(wanted) {
  return caches.match(wanted).then((found) => found || Response.error());
}
