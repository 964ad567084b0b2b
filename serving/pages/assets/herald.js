// What a page does beyond showing itself: new notifications appear, and one may leave quickly. Without it all else works.
"use strict";

function listen(list) {
  const live = document.getElementById("live");
  const source = new EventSource(list.dataset.stream);
  source.addEventListener("notification", (event) => {
    const told = JSON.parse(event.data);
    if (document.getElementById("n-" + told.sequence)) return;
    // the server escaped every value; the policy of the page forbids scripts in it besides
    const piece = document.createRange().createContextualFragment(told.html).firstElementChild;
    piece.classList.add("fresh");
    list.prepend(piece);
    piece.querySelectorAll("article[data-service]").forEach((card) => {
      document.querySelectorAll("#also li").forEach((each) => { if (each.dataset.service === card.dataset.service) each.remove(); });
    });
    const nothing = document.getElementById("nothing");
    if (nothing) nothing.remove();
    live.textContent = live.dataset.new + " " + told.words;
    document.documentElement.dataset.shown = String(Date.now());
  });
  window.addEventListener("pagehide", () => source.close());
}

function leaveQuickly(form) {
  let presses = [];
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    presses = presses.filter((at) => event.timeStamp - at < 1500).concat(event.timeStamp);
    if (presses.length >= 3) form.requestSubmit();
  });
}

const list = document.getElementById("told");
if (list) listen(list);
const leave = document.querySelector("form.leave");
if (leave) leaveQuickly(leave);
window.addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
window.addEventListener("beforeprint", () => document.querySelectorAll("details.more").forEach((each) => { each.open = true; }));
