/* The page of an outage looks by itself whether the server is back. Without scripts the
   browser does it, by loading the page again. */
"use strict";

setInterval(() => {
  const home = document.body.dataset.home;
  fetch(home, { cache: "no-store", credentials: "same-origin" })
    .then((answer) => { if (answer.status < 500) location.replace(home); })
    .catch(() => undefined);
}, 5000);
