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
    each("form[data-once]", (form) => {
      delete form.dataset.sent;
      each("button", (button) => { button.disabled = false; }, form);
    });
  });

  /* The answer of a money form was lost: keep the form and its key, and say what to do.
     Old browsers raise no error event on a time-out, so the end of each request is looked at. */
  document.addEventListener("htmx:finally:request", (event) => {
    const ctx = event.detail.ctx;
    const source = ctx.sourceElement;
    const isLost = !ctx.response || ctx.response.status >= 500;
    if (source.matches("[data-money]")) {
      each("[data-lost]", (banner) => { banner.hidden = !isLost; });
      if (isLost) {
        const button = source.querySelector("button");
        setTimeout(() => { button.disabled = false; button.focus(); });
      }
    } else if (source.matches("[data-look]") && isLost) {
      setTimeout(wake, 5000);
    }
  });

  /* After a swap the focus goes to the new heading or to the problem. A look at a sale moves
     nothing: its words are announced by role=status. */
  document.addEventListener("htmx:after:swap", (event) => {
    const source = event.detail.ctx.sourceElement;
    if (source.matches("[data-look], [role=search]")) return;
    const place = document.querySelector("#main [data-focus]");
    if (place) { place.focus(); window.scrollTo(0, 0); }
    chooseByTyping();
  });

  /* Typing an amount chooses the product it belongs to. */
  function chooseByTyping() {
    each("[data-chooses]", (field) => {
      field.oninput = () => { document.getElementById(field.dataset.chooses).checked = true; };
    });
    each(".ranges input[type=radio]", (radio) => {
      radio.onclick = () => radio.closest(".tile").querySelector("[data-chooses]").focus();
    });
  }

  function start() {
    showConnection();
    chooseByTyping();
    const problem = document.querySelector("#main .problem[data-focus]");
    if (problem) problem.focus();
    each("[data-print]", (button) => { button.hidden = false; button.onclick = () => window.print(); });
  }
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
})();
