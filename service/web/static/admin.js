// Keyboard shortcuts of the admin pages, and small conveniences. Every page works without this script.
// j and k move through the items, x selects one. Any other key clicks the element whose
// data-shortcut names it: in the bulk form if items are selected, else in the focused item, else
// anywhere outside the items. Times are shown in the reader's own time zone.
"use strict";

const itemLinks = () => [...document.querySelectorAll("[data-item-link]")];
const itemOf = (element) => element?.closest("[data-item]") ?? null;
const bulkForm = document.getElementById("bulk");
const selectedBoxes = () => document.querySelectorAll("input[form=bulk]:checked");
const shortcutSelector = (key) => `[data-shortcut~="${CSS.escape(key)}"]`;

const focusedIndex = () => {
  const focused = document.activeElement;
  const focusedItem = itemOf(focused);
  return itemLinks().findIndex(
    (link) => link === focused || (focusedItem && itemOf(link) === focusedItem),
  );
};

const focusLink = (link) => {
  link.focus({ preventScroll: true });
  link.scrollIntoView({ block: "nearest" });
};

const moveFocus = (step) => {
  const links = itemLinks();
  if (links.length === 0) return;
  const index = focusedIndex();
  const next = index < 0 ? (step > 0 ? 0 : links.length - 1) : index + step;
  focusLink(links[Math.min(Math.max(next, 0), links.length - 1)]);
};

const focusSearch = () => {
  const box = document.getElementById("q");
  if (box === null) return;
  box.focus();
  box.select();
};

const toggleHelp = () => {
  const help = document.getElementById("shortcuts");
  if (help === null) return;
  help.open = !help.open;
  if (help.open) help.querySelector("summary").focus();
};

const showBulkStatus = (text) => {
  bulkForm.querySelector(".count").textContent = text;
  bulkForm.classList.add("is-active");
};

const updateSelectedCount = () => {
  const count = selectedBoxes().length;
  showBulkStatus(count === 0 ? "Nothing selected" : `${count} selected`);
  bulkForm.classList.toggle("is-active", count > 0);
};

const toggleSelected = (link) => {
  const box = itemOf(link)?.querySelector("input[form=bulk]");
  if (!box) return false;
  box.checked = !box.checked;
  updateSelectedCount();
  return true;
};

const selectAndMoveOn = () => {
  const links = itemLinks();
  const index = Math.max(focusedIndex(), 0);
  if (links.length > 0 && toggleSelected(links[index])) focusLink(links[index + 1] ?? links[index]);
};

const findTarget = (key) => {
  const selector = shortcutSelector(key === " " ? "Space" : key);
  const inItem = itemOf(document.activeElement)?.querySelector(selector);
  const inBulkForm = bulkForm?.querySelector(selector);
  if (inBulkForm && (selectedBoxes().length > 0 || !inItem)) return inBulkForm;
  const matches = [...document.querySelectorAll(selector)];
  return inItem ?? matches.find((match) => itemOf(match) === null && !bulkForm?.contains(match));
};

const tooFewFor = (button) => {
  const least = Number(button.dataset.least ?? 1);
  if (selectedBoxes().length >= least) return false;
  showBulkStatus(`Choose at least ${least === 2 ? "two" : "one"} first (key x)`);
  return true;
};

const activate = (key) => {
  const target = findTarget(key);
  if (!target) return false;
  const needsSelection = bulkForm?.contains(target) && selectedBoxes().length === 0;
  if (needsSelection && target.dataset.least === "2") {
    tooFewFor(target);
  } else if (needsSelection && !toggleSelected(itemLinks()[focusedIndex()])) {
    showBulkStatus("Choose something first (key x)");
  } else if (target.tagName === "SUMMARY") {
    target.parentElement.open = true;
    target.parentElement.querySelector("input:not([type=hidden])").select();
  } else {
    target.click();
  }
  return true;
};

const pageKeys = {
  j: () => moveFocus(1),
  k: () => moveFocus(-1),
  x: selectAndMoveOn,
  "/": focusSearch,
  "?": toggleHelp,
};

// A page may give one of these keys a meaning of its own; that one wins.
const isOverridden = (key) => document.querySelector(shortcutSelector(key)) !== null;

const closePanel = (target) => {
  const panel = target.closest("details[open].shortcuts, details[open].rename, details[open].more");
  if (panel === null) return;
  panel.open = false;
  panel.querySelector("summary").focus();
};

document.addEventListener("keydown", (event) => {
  const textField = event.target.closest(
    "input:not([type=checkbox]), select, textarea, [contenteditable]",
  );
  if (event.key === "Escape") {
    textField?.blur();
    closePanel(event.target);
  }
  if (textField || event.ctrlKey || event.metaKey || event.altKey) return;
  // Space keeps its usual meaning on the focused element.
  if (event.key === " " && event.target.closest("a, button, summary, input")) return;
  if (event.key in pageKeys && !isOverridden(event.key)) pageKeys[event.key]();
  // A key that is held down acts once.
  else if (event.repeat || event.key.length !== 1 || !activate(event.key)) return;
  event.preventDefault();
});

if (bulkForm !== null) {
  document.addEventListener("change", (event) => {
    if (event.target.matches("input[form=bulk]")) updateSelectedCount();
  });
  bulkForm.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (button !== null && tooFewFor(button)) event.preventDefault();
  });
}

// A double click submits a form once.
document.addEventListener("submit", (event) => {
  if (event.target.method !== "post") return;
  if (event.target.dataset.submitted) event.preventDefault();
  event.target.dataset.submitted = "yes";
});
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-submitted]")) delete form.dataset.submitted;
});

// A day without a time of day has no zone and stays as it is.
const localTime = new Intl.DateTimeFormat("en-GB", {
  day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit",
});
for (const time of document.querySelectorAll('time[datetime*="T"]')) {
  const moment = new Date(time.dateTime);
  if (Number.isNaN(moment.valueOf())) continue;
  if ("relative" in time.dataset) time.title = localTime.format(moment);
  else time.textContent = localTime.format(moment);
}
for (const line of document.querySelectorAll("[data-zone]")) {
  line.textContent = `Times are in your time zone (${localTime.resolvedOptions().timeZone}).`;
}
