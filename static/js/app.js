/* What scripts add to the counter. Every page works without this file. */
"use strict";

(function () {
  const each = (selector, work, root) => (root || document).querySelectorAll(selector).forEach(work);

  /* Offline: say so at once; nothing is queued and nothing is sent again by itself. */
  function showConnection() {
    each("[data-offline]", (banner) => { banner.hidden = navigator.onLine; });
  }
  window.addEventListener("offline", showConnection);
  window.addEventListener("online", () => { showConnection(); wake(); });

  /* A look at a sale that waits its turn goes at once when the page comes back to life. */
  function wake() { document.body.dispatchEvent(new CustomEvent("wake")); }
  document.addEventListener("visibilitychange", () => { if (!document.hidden) wake(); });

  /* Without HTMX a form is left at once: its button may be pressed only once. */
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.matches("[data-once]") || (window.htmx && form.hasAttribute("hx-post"))) return;
    if (form.dataset.sent) { event.preventDefault(); return; }
    form.dataset.sent = "yes";
    setTimeout(() => each("button", (button) => { button.disabled = true; }, form));
  });
  window.addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    if (lockTime()) { cover(); lookForLine(); return; }
    each("form[data-once]", (form) => {
      delete form.dataset.sent;
      each("button", (button) => { button.disabled = false; }, form);
    });
    wake();
  });

  /* A number that was typed over goes with goods only after it was looked up. */
  const digits = (text) => text.replace(/\D/g, "");
  let asked = "";
  document.addEventListener("submit", (event) => {
    const number = document.getElementById("number");
    const find = document.querySelector("#lookup button:not([type=button])");
    if (event.target.id === "lookup") asked = number.value;
    if (event.target.id !== "goods" || !find) return;
    if (digits(number.value) === digits(number.defaultValue)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    find.click();
  }, true);

  /* An answer was lost: the form stays as it is, and so does its key. Say what to do.
     Old browsers raise no error event on a time-out, so the end of each request is looked at. */
  document.addEventListener("htmx:finally:request", (event) => {
    const ctx = event.detail.ctx;
    const source = ctx.sourceElement;
    const isLost = ctx.response ? ctx.response.status >= 500 : !wasReplaced(ctx);
    if (!isLost && !source.matches("[data-look], [data-idle]")) deed = Date.now();
    if (source.matches("[data-look], [data-idle]")) {
      if (isLost) setTimeout(wake, 5000);
      return;
    }
    if (source.matches("[data-live]")) return;
    const isMoney = source.matches("[data-money]");
    each("[data-lost]", (banner) => { banner.hidden = !(isLost && isMoney); });
    each("[data-no-answer]", (banner) => { banner.hidden = !isLost || isMoney; });
    if (isLost && isMoney) {
      const button = source.querySelector("button");
      setTimeout(() => { button.disabled = false; button.focus(); });
    }
  });
  /* A search that was typed on while it was under way is no lost answer; a time-out is one.
     Chrome before 98 does not tell them apart, the clock does. */
  const began = new WeakMap();
  const looks = new WeakSet();
  document.addEventListener("htmx:before:request", (event) => {
    const ctx = event.detail.ctx;
    began.set(ctx, Date.now());
    if (ctx.sourceElement.matches("[data-look], [data-live], [role=search]")) looks.add(ctx);
  });
  function wasReplaced(ctx) {
    return /Abort/.test(ctx.status) && Date.now() - began.get(ctx) < window.htmx.config.defaultTimeout - 100;
  }

  /* After a swap the focus goes to the new heading or to the problem. A look at a sale moves
     nothing: its words are announced by role=status. Which it was is known before the swap: what
     asked may have been replaced by it. */
  document.addEventListener("htmx:after:swap", (event) => {
    const ctx = event.detail.ctx;
    const isWhole = ctx.hx && ctx.hx.retarget; // such as "There is no such page here"
    if (ctx.swap === "none" || (looks.has(ctx) && !isWhole)) return;
    const number = document.getElementById("number");
    if (number && number.value === asked) number.value = number.defaultValue;
    land();
    window.scrollTo(0, 0);
    prepare();
  });

  /* Typing an amount chooses the product it belongs to. */
  function chooseByTyping() {
    each("[data-chooses]", (field) => {
      field.oninput = () => {
        document.getElementById(field.dataset.chooses).checked = true;
        sum();
      };
    });
    each(".ranges input[type=radio]", (radio) => {
      radio.onclick = () => radio.closest(".tile").querySelector("[data-chooses]").focus();
    });
    each(".tile input[type=radio]", (radio) => { radio.onchange = sum; });
  }

  /* The summary beside the amounts repeats what the chosen one says. */
  function sum() {
    const chosen = document.querySelector(".tile input[type=radio]:checked");
    each("[data-sum]", (row) => {
      const part = chosen && chosen.parentNode.querySelector(`[data-part=${row.dataset.sum}] .money`);
      row.hidden = !part;
      row.querySelector("dd").textContent = "";
      if (part) row.querySelector("dd").append(part.cloneNode(true));
    });
  }

  /* What is new begins at its problem or its heading: the way on is a key or two away. */
  function land() {
    const place = document.querySelector("#main .problem[data-focus]")
      /* The browser itself does it with the first frame: keys that come before it would be lost. */
      || document.querySelector("[autofocus]") || document.querySelector("#main [data-focus]");
    if (place) place.focus({ preventScroll: true });
  }

  function prepare() {
    chooseByTyping();
    sum();
  }

  /* A roll has no page height of its own: the receipt is measured, and the page made to fit.
     Which paper the printer has is remembered on this machine. */
  function printing() {
    const size = document.getElementById("paper-size");
    if (!size) return;
    each("[data-printing]", (part) => { part.hidden = false; });
    each("[data-print]", (button) => { button.onclick = () => window.print(); });
    if (size.matches("select")) rememberPaper(size);
    window.addEventListener("beforeprint", () => fitPage(/^\d+$/.test(size.value) ? size.value : ""));
    window.addEventListener("afterprint", () => roll(""));
    if (size.matches("[data-print-now]")) printOnce();
  }

  /* The choice of last time, if the list still has it. */
  function rememberPaper(size) {
    try {
      const last = localStorage.getItem("paper");
      if (Array.from(size.options).some((option) => option.value === last)) size.value = last;
    } catch (error) { /* not kept */ }
    size.onchange = () => {
      try { localStorage.setItem("paper", size.value); } catch (error) { /* not kept */ }
    };
  }

  /* The dialog opens by itself, but not when the page is looked at again. */
  function printOnce() {
    const key = `printed ${location.pathname}`;
    try {
      if (sessionStorage.getItem(key)) return;
      sessionStorage.setItem(key, "yes");
    } catch (error) { return; }
    setTimeout(() => window.print());
  }

  function roll(width) {
    const paper = document.getElementById("paper");
    paper.classList.toggle("rolled", width !== "");
    paper.classList.toggle("narrow-roll", width === "58");
    return paper;
  }

  function fitPage(width) {
    let rules = "";
    if (width) {
      const millimetres = Math.ceil(roll(width).getBoundingClientRect().height * 25.4 / 96);
      rules = `@page { size: ${width}mm ${millimetres + 10}mm; margin: 4mm ${width === "58" ? 5 : 4}mm; }`;
    }
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(rules);
    document.adoptedStyleSheets = [sheet];
  }

  function start() {
    showConnection();
    prepare();
    land();
    printing();
    recover();
    enlist();
    /* An old browser, or HTMX got lost on the line: the page looks for itself. */
    if (!window.htmx && document.querySelector("[data-look]")) setTimeout(() => location.reload(), 4000);
    setInterval(lockInTime, 1000);
  }

  /* A till locks itself by the server's clock; see the header, too. Where the server cannot be
     asked by then, the page itself takes away what it shows. Its timers stand still while it
     sleeps or lies in the browser's store of pages: so it is the time of the last deed that counts. */
  const ANSWERS_IN = 5000, LOOKS_AGAIN = 30000;
  let deed = Date.now(), isAsking = false, isLocked = false;
  function lockTime() {
    const part = document.querySelector("[data-idle]");
    return part && !isLocked && Date.now() > deed + (Number(part.dataset.idle) + 1) * 1000 ? part : null;
  }
  function lockInTime() {
    const part = lockTime();
    if (!part || isAsking) return;
    if (!navigator.onLine) { cover(); return; }
    const stop = new AbortController();
    isAsking = true;
    setTimeout(() => stop.abort(), ANSWERS_IN);
    const headers = { "HX-Request": "true", "HX-Source": "span#idle" };
    fetch(part.getAttribute("hx-get"), { headers, cache: "no-store", signal: stop.signal }).then((answer) => {
      if (answer.status >= 500) cover();
      else if (answer.status !== 204) again();
      else deed = Date.now() - Number(part.dataset.idle) * 1000 + LOOKS_AGAIN; // another page of it is in use
    }).catch(cover).then(() => { isAsking = false; });
  }
  function cover() {
    const told = document.querySelector("[data-locked]");
    if (isLocked || !told) return;
    isLocked = true;
    document.title = told.dataset.locked;
    const training = document.querySelectorAll(".training");
    document.body.textContent = "";
    document.body.append(...training, told.content);
    document.querySelector("h1").focus();
    window.addEventListener("online", lookForLine);
    setInterval(lookForLine, ANSWERS_IN);
  }
  function lookForLine() {
    fetch(document.body.dataset.worker, { method: "HEAD", cache: "no-store" })
      .then((answer) => answer.ok && again(), () => undefined);
  }
  /* Got anew, never posted again: the server leads to its page of a locked till. */
  function again() { location.replace(location.pathname + location.search); }

  /* The page that is kept for when there is no line asks for the wanted one until it is there. */
  function recover() {
    if (!document.body.hasAttribute("data-recovers") || /offline\/$/.test(location.pathname)) return;
    window.addEventListener("online", () => location.reload());
    setInterval(() => {
      fetch(document.body.dataset.worker, { method: "HEAD", cache: "no-store" })
        .then((answer) => answer.ok && location.reload(), () => undefined);
    }, 5000);
  }

  /* The worker, and the language of the page that it keeps. */
  function enlist() {
    if (!document.body.dataset.worker || !navigator.serviceWorker) return;
    const language = document.documentElement.lang;
    navigator.serviceWorker.register(document.body.dataset.worker)
      .then(() => navigator.serviceWorker.ready)
      .then((known) => {
        if (sessionStorage.getItem("worker-language") === language) return;
        known.active.postMessage({ language });
        sessionStorage.setItem("worker-language", language);
      })
      .catch(() => undefined);
  }

  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
})();
