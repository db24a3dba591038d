/* A voice for who cannot read the screen: it says the heading, what is to be known and what can
   be chosen, and then whatever has the focus, in the language of the screen. Off by default. */
"use strict";

(function () {
  const speech = window.speechSynthesis;
  const LOOKED_FOR = 1500; // milliseconds until a browser has told which voices it has
  const OTHER_NAMES = { fil: ["fil", "tl"], ht: ["ht"] };
  let since = Date.now();

  const root = document.documentElement;
  const isOn = () => root.hasAttribute("data-speech");
  const base = (code) => code.toLowerCase().replace("_", "-").split("-")[0];
  function voiceFor(language) {
    const names = OTHER_NAMES[base(language)] || [base(language)];
    return speech.getVoices().find((voice) => names.includes(base(voice.lang)));
  }

  /* What an element says: its own words for a voice, its name, or its text. */
  function textOf(part) {
    if (typeof part === "string") return part;
    if (!part) return "";
    const told = part.getAttribute("data-say") || part.getAttribute("aria-label");
    if (told) return told;
    if (part.type === "password") return labelOf(part); // of the staff: said to nobody
    if (part.id === "typed") return `${labelOf(part)} ${part.value.split("").join(" ")}`;
    const copy = part.cloneNode(true);
    copy.querySelectorAll("[aria-hidden], .hide, [hidden]").forEach((mute) => mute.remove());
    copy.querySelectorAll("[data-say]:not([data-say=''])").forEach((inner) => { inner.textContent = inner.dataset.say; });
    copy.querySelectorAll("dt, dd, b, span, p").forEach((inner) => inner.append(", "));
    return copy.textContent.replace(/\s+/g, " ").replace(/(\s*,)+\s*/g, ", ").replace(/^, |, $/g, "").trim();
  }
  function labelOf(field) {
    return field.labels && field.labels.length ? field.labels[0].textContent : "";
  }

  function utter(part) {
    const text = textOf(part);
    if (!text) return;
    const language = (part.lang || (part.closest && part.closest("[lang]") || root).lang || root.lang);
    const voice = voiceFor(language);
    if (!voice) return; // another language's voice would only be noise
    const said = new SpeechSynthesisUtterance(text);
    said.lang = language;
    said.voice = voice;
    if (root.hasAttribute("data-slow")) said.rate = .8;
    speech.speak(said);
  }

  function say(what) {
    if (!speech || !isOn()) return;
    speech.cancel();
    (Array.isArray(what) ? what : [what]).forEach(utter);
  }
  function hush() { if (speech) speech.cancel(); }

  /* A screen from its beginning: what is wrong, the heading, what is told, and the choices. */
  function parts() {
    const main = document.getElementById("main");
    const isChoice = "button:not([aria-hidden]):not([hidden]), a[href]";
    const found = main ? Array.from(main.querySelectorAll(`.problem, h1, h2, [data-say], ${isChoice}`)) : [];
    return found.filter((part) => !part.closest("[data-quiet], [hidden]") && !part.matches(".problem *")
      && !(part.parentElement.closest("[data-say]")));
  }

  function screen() {
    document.querySelectorAll("[data-speech-form], [data-speech-choice]").forEach((part) => { part.hidden = !speech; });
    tellVoice();
    if (!speech || !isOn()) { hush(); return; }
    say(parts());
  }

  /* A browser that has no voice for the language says so, instead of saying nothing. */
  function tellVoice() {
    const isKnown = speech && (speech.getVoices().length > 0 || Date.now() - since > LOOKED_FOR);
    document.querySelectorAll("[data-no-voice]").forEach((note) => {
      note.hidden = !(isOn() && isKnown && !voiceFor(root.lang));
    });
  }

  if (speech) {
    let isTouched = false; // who touches a button knows it; who comes to it by a key is told
    document.addEventListener("pointerdown", () => { isTouched = true; }, true);
    document.addEventListener("keydown", () => { isTouched = false; }, true);
    document.addEventListener("focusin", (event) => {
      if (!isTouched && event.target.matches("a[href], button, input")) say(event.target);
    });
    if (speech.addEventListener) speech.addEventListener("voiceschanged", screen);
    setTimeout(tellVoice, LOOKED_FOR + 100);
  }
  window.kioskVoice = { say, hush, screen };
})();
