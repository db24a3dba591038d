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
    if (part.hasAttribute("aria-pressed")) copy.append(`, ${stateOf(part)}`);
    return copy.textContent.replace(/\s+/g, " ").replace(/(\s*,)+\s*/g, ", ").replace(/^, |, $/g, "").trim();
  }
  function stateOf(button) {
    const words = button.closest("[data-on]");
    return (words && (button.getAttribute("aria-pressed") === "true" ? words.dataset.on : words.dataset.off)) || "";
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
  function add(part) { if (speech && isOn()) utter(part); } // after what is being said
  function hush() { if (speech) speech.cancel(); }
  function isSaying() { return Boolean(speech && (speech.speaking || speech.pending)); }

  /* A secret: codes sign by sign, with a rest between their groups; words as words. */
  function read() {
    const found = document.querySelectorAll("#paper .paper-block p, #paper dt, #paper dd, #paper li");
    say(Array.from(found, (part) => {
      const copy = part.cloneNode(true);
      copy.querySelectorAll("[dir=ltr]").forEach((code) => { code.textContent = spelled(code.textContent); });
      return part.matches("p") ? copy.textContent.replace(/\d(?=\d)/g, "$& ") : copy.textContent;
    }));
  }
  function spelled(code) {
    return code.trim().split(/\s+/).map((group) => Array.from(group).join(" ")).join(", ");
  }

  /* What the shop tells on all screens: once, and again when it is something else. */
  let told = "";
  function message() {
    const part = document.querySelector("[data-message]:not([hidden])"), text = part ? part.textContent : "";
    if (text === told || !speech || !isOn() || !voiceFor(root.lang)) return [];
    told = text;
    return part ? [part] : [];
  }

  /* Two soft notes. */
  let sound = null;
  function chime() {
    try {
      sound = sound || new (window.AudioContext || window.webkitAudioContext)();
      [[0, 523.25], [.28, 659.25]].forEach(([after, pitch]) => {
        const tone = sound.createOscillator(), volume = sound.createGain(), at = sound.currentTime + after;
        tone.frequency.value = pitch;
        volume.gain.setValueAtTime(0, at);
        volume.gain.linearRampToValueAtTime(.12, at + .04);
        volume.gain.exponentialRampToValueAtTime(.0001, at + .5);
        tone.connect(volume).connect(sound.destination);
        tone.start(at);
        tone.stop(at + .55);
      });
    } catch (error) { /* no sound here: the screen says it */ }
  }

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
    say([...message(), ...parts()]);
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
  window.kioskVoice = { say, add, hush, isSaying, read, message, chime, screen };
})();
