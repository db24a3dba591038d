/* How long a price holds yet, in words, beside the time of day that stands there anyway. */
"use strict";

(function () {
  const began = new WeakMap();

  function words(seconds) {
    const unit = seconds < 60 ? "second" : "minute";
    const count = seconds < 60 ? seconds : Math.ceil(seconds / 60);
    try {
      const options = { style: "unit", unit, unitDisplay: "long", numberingSystem: "latn" };
      return new Intl.NumberFormat(document.documentElement.lang, options).format(count);
    } catch (error) { return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`; }
  }

  function tick() {
    const place = document.querySelector("[data-holds]");
    if (!place) return;
    if (!began.has(place)) began.set(place, Date.now());
    const left = Number(place.dataset.holds) - Math.floor((Date.now() - began.get(place)) / 1000);
    const part = place.querySelector("[data-left]");
    part.hidden = false;
    part.querySelector("bdi").textContent = words(Math.max(left, 0));
    part.parentNode.hidden = left <= 0;
    place.querySelector("[data-over]").hidden = left > 0;
  }
  tick();
  setInterval(tick, 1000);
})();
