/* The sale bar by keyboard. Every page works without this file. */
"use strict";

(function () {
  const READ = 300; // milliseconds in which nobody reads a price

  /* A key that is held down, or a press before the price could be read, sells nothing. */
  const landed = Date.now();
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !event.target.closest("[data-money]")) return;
    if (event.repeat || Date.now() - landed < READ) event.preventDefault();
  }, true);

  /* The check page of a line: what is asked, or the button, is the second Enter's. */
  function arm() {
    if (!document.querySelector("[data-swift]") || document.querySelector("#main .problem")) return;
    const asked = document.querySelector("#confirm [data-asked] input, #confirm .ask input");
    const place = asked || document.querySelector("#confirm .primary");
    const active = document.activeElement;
    if (place && (!active || active === document.body || active.matches("h1, main"))) place.focus();
  }

  /* 1 to 9 choose an operator, where nobody types. */
  document.addEventListener("keydown", (event) => {
    if (!/^[1-9]$/.test(event.key) || event.repeat || event.ctrlKey || event.altKey || event.metaKey) return;
    if (event.target.matches("input:not([type=radio]):not([type=checkbox]), textarea, select")) return;
    const place = document.querySelectorAll(".numbered .rival")[Number(event.key) - 1];
    if (!place) return;
    event.preventDefault();
    place.click();
  });

  function start() { setTimeout(arm, READ); }
  if (document.readyState === "complete") start();
  else window.addEventListener("load", start);
})();
