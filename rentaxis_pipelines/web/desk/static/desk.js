// Live progress. An element with data-refresh is replaced by what that address answers, soon and then every two seconds, until the answer
// has no such element any more; then the page is loaded once more. Pages work without this.
"use strict";

// Milliseconds. The push of one record takes about a second: whoever looks on should not wait longer for the page than for the push.
const FIRST_LOOK = 250, LATER_LOOKS = 2000;

async function refresh(element, waited) {
  const address = element.dataset.refresh;
  let answer;
  try {
    answer = await fetch(address, { headers: { accept: "text/html" }, cache: "no-store" });
  } catch {
    return later(element, waited); // the server restarts or the network is away: what is shown stays
  }
  if (answer.status === 401) return location.reload();
  if (!answer.ok) return later(element, waited);
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const newer = page.querySelector("[data-refresh]");
  if (newer === null) return location.reload();
  element.replaceChildren(...newer.childNodes);
  later(element, waited);
}

function later(element, waited) {
  const wait = waited === undefined ? FIRST_LOOK : Math.min(waited * 1.5, LATER_LOOKS);
  setTimeout(() => refresh(element, wait), wait);
}

for (const element of document.querySelectorAll("[data-refresh]")) later(element);

// A choice that is used at once, where there is a button for it without JavaScript.
for (const field of document.querySelectorAll("[data-submit]")) {
  field.addEventListener("change", () => field.form.requestSubmit());
}

// Typing into a field chooses what it belongs to.
for (const field of document.querySelectorAll("[data-chooses]")) {
  field.addEventListener("input", () => { document.getElementById(field.dataset.chooses).checked = true; });
}

// What is opened in order to type something is ready to be typed into.
for (const opened of document.querySelectorAll("details")) {
  opened.addEventListener("toggle", () => { if (opened.open) opened.querySelector("input[type=text][required]")?.focus(); });
}

// Print buttons.
for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => print());
}
