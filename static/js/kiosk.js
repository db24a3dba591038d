/* What scripts add to a kiosk. Every screen works without this file.
   A screen takes the place of the one before it, in the same document: the browser's history
   holds no screen of a customer, and voice and sound stay allowed after the first touch. */
"use strict";

(function () {
  const one = (selector) => document.querySelector(selector);
  const each = (selector, work) => document.querySelectorAll(selector).forEach(work);
  const BEAT_EVERY = 20000, TELL_EVERY = 120000, LOOK_AGAIN = 2000, BEAT_WAITS = 8000, ANSWER_WAITS = 25000;
  const SHUT = ["off", "help", "leave"]; // what a blocked kiosk shows, too
  let isBusy = false, isOut = false, isLeaving = false, isGone = false;

  /* --- from screen to screen ------------------------------------------------------------ */
  async function ask(url, body, wait, redirect) {
    const stop = new AbortController();
    const timer = setTimeout(() => stop.abort(), wait);
    try {
      const answer = await fetch(url, {
        method: body ? "POST" : "GET", body, cache: "no-store", credentials: "same-origin", signal: stop.signal,
        redirect: redirect || "follow",
      });
      if (answer.status >= 500) throw new Error("server");
      return { url: answer.url, status: answer.status, text: await answer.text() };
    } finally { clearTimeout(timer); }
  }

  /* Somebody is still there: told beside the screens. The next screen waits for it, since two
     answers at the same moment would each write the visit as it was before the other. */
  let beside = Promise.resolve(), toldAt = Date.now(), isNews = false;
  function tellThatOneIsThere() {
    const form = one("[data-more]");
    if (!form) return;
    toldAt = Date.now();
    isNews = false;
    const fields = fieldsOf(form, null);
    beside = beside.then(() => ask(form.action, fields, BEAT_WAITS, "manual")).catch(() => outage(true));
  }

  /* A form is sent once; if no answer comes the screen stays, and the customer may press again. */
  async function go(url, body, isPad) {
    if (isBusy || isLeaving) return;
    isBusy = true;
    document.documentElement.setAttribute("aria-busy", "true");
    if (!isPad) keepTyped();
    await beside;
    if (isEnding()) await beating.catch(() => undefined);
    try {
      const answer = await ask(url, body, ANSWER_WAITS);
      if (!isLeaving) show(answer);
    } catch (error) { outage(true); }
    isBusy = false;
    document.documentElement.removeAttribute("aria-busy");
  }

  function show(answer) {
    const page = new DOMParser().parseFromString(answer.text, "text/html");
    if (!page.body || !page.body.hasAttribute("data-kiosk")) { isGone = true; location.replace(answer.url); return; }
    const html = document.documentElement;
    Array.from(html.attributes).forEach((was) => html.removeAttribute(was.name));
    Array.from(page.documentElement.attributes).forEach((is) => html.setAttribute(is.name, is.value));
    document.title = page.title;
    document.body.replaceWith(document.adoptNode(page.body));
    history.replaceState(null, "", answer.url);
    window.scrollTo(0, 0);
    begin();
  }

  /* The end of a visit: the browser forgets, and nothing before it can be gone back to. If the
     server is away the screen is emptied here and now, and forgotten as soon as it is back. */
  async function leave() {
    if (isLeaving) return;
    isLeaving = true;
    stopClock();
    hush();
    cover();
    const url = document.body.dataset.wipeUrl;
    await beside;
    try { await beat(); location.replace(url); } catch (error) { outage(true); }
  }

  function cover() {
    each("#main, #top .steps, .big-number", (part) => { part.textContent = ""; });
    unask();
  }

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.action.startsWith(location.origin)) return;
    event.preventDefault();
    const last = event.submitter || pressed, button = last && form.contains(last) ? last : null;
    if (isOut && !isDone(form, button)) return; // under the cover only the end of a visit is taken
    if (form.matches("[data-pad]") && press(form, button)) return;
    if (form.matches("[data-more]")) { stay(); return; }
    if (isDone(form, button)) { leave(); return; }
    go(form.action, fieldsOf(form, button), form.matches("[data-pad]"));
  });
  let pressed = null; // browsers before Chromium 81 do not say which button it was
  document.addEventListener("click", (event) => {
    pressed = event.target.closest("button");
    const link = event.target.closest("a[href]");
    if (!link || link.origin !== location.origin || event.defaultPrevented) return;
    event.preventDefault();
    if (!isOut) go(link.href);
  });

  function isDone(form, button) {
    const cancels = button && button.value === "cancel"; // the offer is told, too: by a form
    return (form.matches("[data-ends]") && !cancels) || (button && button.matches("[data-finish]"));
  }

  function fieldsOf(form, button) {
    const fields = new URLSearchParams(new FormData(form));
    if (button && button.name) fields.set(button.name, button.value);
    return fields;
  }

  /* Back in the browser shows nothing old: a page that was kept is thrown away. */
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) { cover(); location.replace(document.body.dataset.wipeUrl || location.href); }
  });

  /* --- the keypad: at once, without asking the server for each digit ---------------------- */
  let asked = 0;
  function press(form, button) {
    const field = form.querySelector("#typed"), key = button ? button.value : "go";
    if (key === "go" || !button) { clearTimeout(asked); return false; }
    const most = Number(form.dataset.most), raw = plain(field), sign = form.dataset.amount;
    const part = sign ? raw.split(sign)[1] : undefined; // the keys make no more decimals than the money has
    const isFull = part !== undefined && part.length >= Number(form.dataset.decimals);
    const added = { back: raw.slice(0, -1), clear: "", plus: raw ? raw : "+",
      point: /[.,٫]/.test(raw) ? raw : (raw || "0") + sign }[key];
    const next = added === undefined ? raw + (isFull ? "" : key) : added;
    write(field, next.length > most ? raw : next);
    if (field.type === "password") return true;
    typedBefore = plain(field);
    speak(button.getAttribute("aria-label") || key);
    return true;
  }
  /* Real keys are heard as those on the screen are; a PIN never. */
  let typedBefore = "";
  function sayTyped(field) {
    if (field.type === "password") return;
    const now = plain(field), was = typedBefore;
    typedBefore = now;
    if (now === was) return;
    const sign = now.slice(0, -1) === was ? now.slice(-1) : was.slice(0, -1) === now ? "back" : "";
    const isOf = (key) => sign && (key.value === sign || key.textContent.trim() === sign);
    const key = Array.from(field.form.querySelectorAll(".key")).find(isOf);
    speak(key ? key.getAttribute("aria-label") || sign : sign || field);
  }
  /* Of an amount the spaces, too: 5 5 is none, and is asked about. */
  const plain = (field) => field.value.replace("amount" in field.form.dataset ? /[^\p{Nd}.,٫ ]/gu : /[^\d+.,]/g, "");
  function write(field, text) {
    field.value = text;
    look(field);
  }

  /* How the number is written, and whose it is, is the server's to say; nothing is chosen by it.
     What is typed so far is kept there, so that help or another language lose none of it. */
  let kept = "";
  function look(field) {
    clearTimeout(asked);
    if (field.type !== "password") asked = setTimeout(keepTyped, 250);
  }
  function keepTyped() {
    clearTimeout(asked);
    const field = one("#typed"), was = field ? plain(field) : kept;
    if (!field || field.type === "password" || was === kept) return;
    kept = was;
    const fields = fieldsOf(field.form, null), action = field.form.action;
    fields.set("key", "look");
    const isTold = Boolean(one("#number-told"));
    beside = beside.then(() => ask(action, fields, BEAT_WAITS, isTold ? "follow" : "manual")).then((answer) => {
      const page = new DOMParser().parseFromString(answer.text, "text/html");
      const part = page.getElementById("number-told"), old = one("#number-told");
      if (!part || !old || one("#typed") !== field || plain(field) !== was) return;
      if (part.dataset.grouped) field.value = part.dataset.grouped;
      typedBefore = plain(field);
      if (part.innerHTML === old.innerHTML) return;
      const name = (told) => told.querySelector("b").textContent, isOther = name(part) !== name(old);
      old.textContent = ""; // the part itself stays: it is what a screen reader listens to
      old.append(...part.childNodes);
      if (isOther) voice().add(old.querySelector("b"));
    }).catch(() => { kept = ""; }); // after the next key
  }
  document.addEventListener("input", (event) => {
    if (event.target.id !== "typed") return;
    look(event.target);
    sayTyped(event.target);
  });

  /* A real keyboard types wherever the focus is. */
  document.addEventListener("keydown", (event) => {
    const field = one("#typed");
    if (!field || event.target === field || event.ctrlKey || event.altKey || event.metaKey) return;
    const dialog = one("[data-idle]");
    if (dialog && dialog.open) return;
    const isMark = "amount" in field.form.dataset && /^[.,٫]$/.test(event.key); // dropped it would be ten times as much
    if (!/^[0-9]$/.test(event.key) && !isMark && event.key !== "Backspace") return;
    event.preventDefault();
    const raw = plain(field), next = event.key === "Backspace" ? raw.slice(0, -1) : raw + event.key;
    if (next.length > Number(field.form.dataset.most)) return;
    write(field, next);
    sayTyped(field);
  });

  /* --- is somebody there? -------------------------------------------------------------- */
  let touched = Date.now(), clock = 0, endsAt = 0, isWarned = false, readsUntil = 0;
  const waits = (name) => Number(document.body.dataset[name] || 0) * 1000;
  function touch() { // of the cover of an outage nobody's: it keeps no visit alive
    const dialog = one("[data-idle]");
    if (isOut || (dialog && dialog.open)) return;
    touched = Date.now();
    isNews = true;
  }
  ["pointerdown", "keydown", "input", "wheel", "touchstart"].forEach((kind) =>
    document.addEventListener(kind, touch, { passive: true, capture: true }));

  const own = () => waits("endsAfter") || waits("hidesAfter"); // of a code, a secret
  function stopClock() { clearInterval(clock); }
  function startClock() {
    touched = Date.now();
    endsAt = own() ? touched + own() : 0;
    isWarned = false;
    readsUntil = 0;
    runClock();
  }
  function runClock() {
    stopClock();
    clock = setInterval(tick, 500);
    tick();
  }

  function tick() {
    const now = Date.now(), dialog = one("[data-idle]");
    if (isOut || isLeaving) return;
    // Of who only scrolls or tabs the server hears nothing else; never beside a screen's own answer.
    if (isNews && !isBusy && (endsAt || waits("ask")) && now - toldAt >= TELL_EVERY) tellThatOneIsThere();
    if (endsAt) {
      if (now < readsUntil && voice().isSaying()) endsAt = Math.max(endsAt, now + own());
      left(endsAt - now);
      warnOfEnd(endsAt - now);
      if (now >= endsAt) { leave(); endsAt = now + 5000; }
    } else if (waits("ask") && dialog) {
      if (!dialog.open && now - touched >= waits("ask")) warn(dialog);
      if (dialog.open) {
        left(dialog.endsAt - now);
        if (now >= dialog.endsAt) leave();
      }
    }
  }
  function left(milliseconds) {
    each("[data-left]", (part) => { part.textContent = String(Math.max(0, Math.ceil(milliseconds / 1000))); });
  }

  function warn(dialog) {
    dialog.endsAt = forgetsAt();
    if (dialog.showModal) dialog.showModal(); else dialog.setAttribute("open", "");
    dialog.querySelector("button").focus();
    voice().chime();
    speak([dialog.querySelector("h2"), dialog.querySelector("p[id]"), ...dialog.querySelectorAll("button")]);
  }
  function unask() {
    const dialog = one("[data-idle]");
    if (dialog && dialog.open) { if (dialog.close) dialog.close(); else dialog.removeAttribute("open"); }
  }
  function stay() {
    unask();
    touched = Date.now();
    hush();
    land();
    tellThatOneIsThere();
  }
  document.addEventListener("cancel", (event) => { // the Escape key
    if (event.target.matches("[data-idle]")) { event.preventDefault(); stay(); }
  }, true);

  /* Who cannot see the seconds of a code or a secret run hears that they do, in time to ask for more. */
  function warnOfEnd(milliseconds) {
    const isSlow = document.documentElement.hasAttribute("data-slow");
    const isNear = milliseconds > 0 && milliseconds <= Math.min(isSlow ? 60000 : 20000, own() / 3);
    if (isNear === isWarned) return;
    isWarned = isNear;
    const note = one("[data-ending]");
    note.textContent = isNear ? one("#idle-text").firstChild.textContent : "";
    if (!isNear) return;
    readsUntil = 0;
    voice().chime();
    speak([note, one("[data-longer]")]);
  }

  /* A code or a secret stays for as long again, where somebody asks. */
  document.addEventListener("click", (event) => {
    if (!event.target.closest("[data-longer]") || !endsAt) return;
    event.preventDefault();
    if (isOut) return;
    longer();
  }, true);
  function longer() {
    endsAt = Date.now() + own();
    tick();
    tellThatOneIsThere();
  }
  document.addEventListener("click", (event) => {
    if (isOut) return;
    if (event.target.closest("[data-print]")) window.print();
    if (event.target.closest("[data-read]")) { // a secret is said to who asks for it, and only then
      if (endsAt) longer();
      readsUntil = Date.now() + 3 * own(); // it stays while it is said, but not for ever
      voice().read();
    }
  });

  /* --- the line to the server ------------------------------------------------------------ */
  const version = (one("[data-beat] [name=version]") || {}).value || "";
  async function beat() {
    const form = one("[data-beat]");
    if (!form) return;
    const fields = fieldsOf(form, null);
    fields.set("version", version); // of the page that was loaded, not of the screen in it
    fields.set("age", String(Math.round(performance.now())));
    const answer = await ask(form.action, fields, BEAT_WAITS);
    if (answer.status === 404) { location.replace(location.href); return; } // a kiosk no more
    heard(JSON.parse(answer.text));
  }
  function heard(told) {
    each("[data-message]", (part) => { // told anew only where it is another
      if (part.textContent !== (told.message || "")) part.textContent = told.message || "";
      part.hidden = !told.message;
    });
    voice().message().forEach((part) => voice().add(part));
    const at = document.body.dataset.kiosk;
    if (told.blocked ? !SHUT.includes(at) : at === "off") { cover(); location.replace(document.body.dataset.wipeUrl); return; }
    if (told.reload && !waits("ask") && !endsAt) location.reload();
    const help = one("[data-help]");
    if (help && help.dataset.help !== (told.help || "")) go(location.href);
  }
  /* A browser that becomes an ordinary one asks nothing more as a kiosk: it would be sent away. */
  const isEnding = () => isGone || (isBusy && document.body.dataset.kiosk === "leave");
  let watching = 0, beating = Promise.resolve();
  async function watch() {
    clearTimeout(watching);
    try {
      if (!isEnding()) await (beating = beat());
      outage(false);
    } catch (error) { outage(true); }
    clearTimeout(watching);
    watching = setTimeout(watch, isOut ? LOOK_AGAIN : BEAT_EVERY);
  }
  function outage(is) {
    if (is === isOut) return;
    isOut = is;
    if (is) { clearTimeout(watching); watching = setTimeout(watch, LOOK_AGAIN); }
    each("[data-outage]", (part) => { part.hidden = !is; });
    if (!is && isLeaving) { location.replace(document.body.dataset.wipeUrl); return; }
    if (is) { // the question would lie over the cover, and is asked again if it is not too late
      unask();
      speak([one("[data-outage] h2"), one("[data-outage] p:not(.ask-picture)")]);
    } else if (isTooLate()) leave();
    else if (isForTheCounter()) startClock();
    else runClock();
  }
  /* Whoever stood here when the line was lost may be gone: his time goes on under the cover, and
     what is his is not shown again. The code for the counter is nobody's secret, and may be
     waited for: its time begins anew. */
  function isTooLate() {
    const now = Date.now();
    if (isForTheCounter()) return false;
    if (endsAt) return now >= endsAt;
    return waits("ask") > 0 && now >= forgetsAt();
  }
  function isForTheCounter() { return document.body.dataset.kiosk === "code"; }
  function forgetsAt() { return touched + waits("ask") + waits("wipe"); }
  window.addEventListener("offline", () => outage(true));
  window.addEventListener("online", () => watch());

  /* --- each screen ---------------------------------------------------------------------- */
  const SILENT = { say() {}, add() {}, hush() {}, isSaying() {}, read() {}, message: () => [], chime() {}, screen() {} };
  const voice = () => window.kioskVoice || SILENT;
  function speak(what) { voice().say(what); }
  function hush() { voice().hush(); }

  function land() {
    const place = one("#main [data-focus]") || one("#typed") || one("#main h1") || one("#main");
    if (place) place.focus({ preventScroll: true });
    if (place && place.id === "typed") place.setSelectionRange(place.value.length, place.value.length);
  }
  function begin() {
    each("[data-outage]", (part) => { part.hidden = !isOut; });
    each("[data-print]", (button) => { button.hidden = false; });
    kept = typedBefore = one("#typed") ? plain(one("#typed")) : "";
    land();
    startClock();
    voice().screen();
  }
  function start() {
    begin();
    setTimeout(watch, 1000);
    // It keeps the page of an outage, for when the browser itself is started without a line.
    if (navigator.serviceWorker) navigator.serviceWorker.register(document.body.dataset.worker).catch(() => 0);
  }
  if (document.readyState === "complete") start();
  else window.addEventListener("load", start);
})();
