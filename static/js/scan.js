/* A bar or QR code by the camera, where the browser reads them. It only fills in what would be
   typed: nothing is sent. A scanner on a cable types by itself and needs none of this. */
"use strict";

(function () {
  if (!("BarcodeDetector" in window) || !navigator.mediaDevices) return;
  const scanner = document.getElementById("scanner");
  const detector = new window.BarcodeDetector();
  let stream = null;
  let field = null;

  /* A number stands in "tel:" codes and in those of messengers; all else is taken as it is. */
  function meant(text) {
    const number = /^(?:tel:|smsto:|sms:|https:\/\/wa\.me\/)(\+?[\d().\- ]{5,30})/i.exec(text);
    return (number ? number[1] : text).trim().slice(0, 60);
  }

  function close() {
    if (stream) stream.getTracks().forEach((track) => track.stop());
    stream = null;
    scanner.hidden = true;
    if (field) field.focus();
  }

  function fill(text) {
    close();
    field.value = meant(text);
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }

  async function look(video) {
    if (!stream) return;
    const codes = await detector.detect(video).catch(() => []);
    if (codes.length && stream) fill(codes[0].rawValue);
    else if (stream) setTimeout(() => look(video), 150);
  }

  async function open(button) {
    field = document.getElementById(button.dataset.scan);
    const video = scanner.querySelector("video");
    const refused = scanner.querySelector("[data-no-camera]");
    scanner.hidden = false;
    refused.hidden = true;
    scanner.querySelector("h2").focus();
    try {
      stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
      video.srcObject = stream;
      await video.play();
      look(video);
    } catch (error) { refused.hidden = false; }
  }

  function show() {
    document.querySelectorAll("[data-scan]").forEach((button) => { button.hidden = false; });
  }
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-scan]");
    if (button) open(button);
    else if (event.target.closest("#scanner [data-close]")) close();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !scanner.hidden) close();
  });
  window.addEventListener("pagehide", () => { if (stream) close(); });
  document.addEventListener("htmx:after:swap", show);
  show();
})();
