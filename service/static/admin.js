// Keys for the review pages, which work without any of this: j and k walk through the rows,
// / goes to the search box, u goes back to the list. Times tell the reader's own clock on hover.
"use strict";

const walk = (step) => {
  const rows = [...document.querySelectorAll("[data-row]")];
  if (rows.length === 0) return;
  const at = rows.indexOf(document.activeElement);
  const next = at < 0 ? (step > 0 ? 0 : rows.length - 1) : at + step;
  const row = rows[Math.min(Math.max(next, 0), rows.length - 1)];
  row.focus({ preventScroll: true });
  row.scrollIntoView({ block: "nearest" });
};

const search = () => {
  const box = document.getElementById("q");
  if (box === null) return;
  box.focus();
  box.select();
};

const follow = (rel) => document.querySelector(`a[data-key="${rel}"]`)?.click();

const keys = {
  j: () => walk(1),
  k: () => walk(-1),
  "/": search,
  u: () => follow("u"),
};

document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("input, select, textarea, [contenteditable]");
  if (typing && event.key === "Escape") typing.blur();
  if (typing || event.ctrlKey || event.metaKey || event.altKey || !(event.key in keys)) return;
  event.preventDefault();
  keys[event.key]();
});

for (const time of document.querySelectorAll("time[datetime]")) {
  const moment = new Date(time.dateTime);
  if (!Number.isNaN(moment.valueOf())) time.title = `${moment.toLocaleString()} (your time)`;
}
