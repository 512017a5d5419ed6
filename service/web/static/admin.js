// Keys for the review pages, which work without any of this. j and k walk through the rows, x chooses
// one; every other key presses what says so by data-key: in the form of the chosen rows, in the
// present row, or anywhere outside of rows. Times tell the reader's own clock on hover.
"use strict";

const rows = () => [...document.querySelectorAll("[data-row]")];
const item = (element) => element?.closest("[data-item]") ?? null;
const bulk = document.getElementById("bulk");
const chosen = () => document.querySelectorAll("input[form=bulk]:checked");

const present = () => {
  const here = item(document.activeElement);
  return rows().findIndex((row) => row === document.activeElement || (here && item(row) === here));
};

const go = (row) => {
  row.focus({ preventScroll: true });
  row.scrollIntoView({ block: "nearest" });
};

const walk = (step) => {
  const all = rows();
  if (all.length === 0) return;
  const at = present();
  const next = at < 0 ? (step > 0 ? 0 : all.length - 1) : at + step;
  go(all[Math.min(Math.max(next, 0), all.length - 1)]);
};

const search = () => {
  const box = document.getElementById("q");
  if (box === null) return;
  box.focus();
  box.select();
};

const help = () => {
  const keys = document.getElementById("keys");
  if (keys === null) return;
  keys.open = !keys.open;
  if (keys.open) keys.querySelector("summary").focus();
};

const tell = (words) => {
  bulk.querySelector(".count").textContent = words;
  bulk.classList.add("telling");
};

const count = () => {
  const many = chosen().length;
  tell(many === 0 ? "Nothing is chosen" : `${many} chosen`);
  bulk.classList.toggle("telling", many > 0);
};

const pick = (row) => {
  const box = item(row)?.querySelector("input[form=bulk]");
  if (!box) return false;
  box.checked = !box.checked;
  count();
  return true;
};

const choose = () => {
  const all = rows();
  const at = Math.max(present(), 0);
  if (all.length > 0 && pick(all[at])) go(all[at + 1] ?? all[at]);
};

const find = (key) => {
  const wanted = `[data-key~="${CSS.escape(key === " " ? "Space" : key)}"]`;
  const row = item(document.activeElement)?.querySelector(wanted);
  const together = bulk?.querySelector(wanted);
  if (together && (chosen().length > 0 || !row)) return together;
  const others = [...document.querySelectorAll(wanted)];
  return row ?? others.find((it) => item(it) === null && !bulk?.contains(it));
};

const press = (key) => {
  const found = find(key);
  if (!found) return false;
  if (bulk?.contains(found) && chosen().length === 0 && !pick(rows()[present()])) {
    tell("Choose something first, by x");
  } else if (found.tagName === "SUMMARY") {
    found.parentElement.open = true;
    found.parentElement.querySelector("input:not([type=hidden])").select();
  } else {
    found.click();
  }
  return true;
};

const keys = { j: () => walk(1), k: () => walk(-1), x: choose, "/": search, "?": help };

// Where a page has a use of its own for a key, that goes first; but once, however long it is held.
const isTaken = (key) => document.querySelector(`[data-key~="${CSS.escape(key)}"]`) !== null;

const close = (target) => {
  const open = target.closest("details[open].keys, details[open].rename");
  if (open === null) return;
  open.open = false;
  open.querySelector("summary").focus();
};

document.addEventListener("keydown", (event) => {
  const typing = event.target.closest(
    "input:not([type=checkbox]), select, textarea, [contenteditable]",
  );
  if (event.key === "Escape") {
    typing?.blur();
    close(event.target);
  }
  if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
  // Space presses what has the focus.
  if (event.key === " " && event.target.closest("a, button, summary, input")) return;
  if (event.key in keys && !isTaken(event.key)) keys[event.key]();
  else if (event.repeat || event.key.length !== 1 || !press(event.key)) return;
  event.preventDefault();
});

if (bulk !== null) {
  document.addEventListener("change", (event) => {
    if (event.target.matches("input[form=bulk]")) count();
  });
}

// A decision is sent once, however often its button is pressed.
document.addEventListener("submit", (event) => {
  if (event.target.method !== "post") return;
  if (event.target.dataset.sent) event.preventDefault();
  event.target.dataset.sent = "yes";
});
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
});

for (const time of document.querySelectorAll("time[datetime]")) {
  const moment = new Date(time.dateTime);
  if (!Number.isNaN(moment.valueOf())) time.title = `${moment.toLocaleString()} (your time)`;
}
