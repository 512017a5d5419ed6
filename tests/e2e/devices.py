"""Use a page by mouse alone or by keyboard alone, and find what either cannot reach."""

from __future__ import annotations

from typing import Any, Protocol

from playwright.sync_api import Locator, Page

MAX_TAB_STOPS = 400

_MARK_CONTROLS = """
() => {
  const controls = [...document.querySelectorAll("a[href], button, input, select, summary")].filter(
    (control) => control.type !== "hidden" && !control.disabled && control.checkVisibility()
      && !control.closest(".visually-hidden, .skip-link") && control.getClientRects().length > 0,
  );
  controls.forEach((control, number) => { control.dataset.controlNumber = number; });
  return controls.map((control) => control.outerHTML.slice(0, 160));
}
"""
_UNREACHED_BY_MOUSE = """
() => [...document.querySelectorAll("[data-control-number]")].filter((control) => {
  const target = control.closest("label") ?? control;
  target.scrollIntoView({ block: "center" });
  const box = target.getClientRects()[0];
  const hit = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
  return !hit || !(target.contains(hit) || hit.contains(control));
}).map((control) => control.dataset.controlNumber)
"""
_FOCUSED = """
() => {
  const focused = document.activeElement;
  const style = getComputedStyle(focused);
  const isOutlined = style.outlineStyle !== "none" && style.outlineWidth !== "0px";
  return [focused.dataset.controlNumber ?? null, isOutlined || style.boxShadow !== "none"];
}
"""


class Device(Protocol):
    """Presses controls and fills fields."""

    def press(self, control: Locator) -> None: ...

    def write(self, field: Locator, text: str) -> None: ...


class Mouse:
    """Presses by clicks; only what is written comes from the keyboard."""

    def press(self, control: Locator) -> None:
        control.click()

    def write(self, field: Locator, text: str) -> None:
        field.click()
        field.page.keyboard.type(text)


class Keyboard:
    """Goes from control to control by Tab, and presses Enter, or Space for a checkbox."""

    def press(self, control: Locator) -> None:
        self._tab_to(control)
        is_checkbox = control.get_attribute("type") == "checkbox"
        control.page.keyboard.press("Space" if is_checkbox else "Enter")

    def write(self, field: Locator, text: str) -> None:
        self._tab_to(field)
        field.page.keyboard.type(text)

    def _tab_to(self, control: Locator) -> None:
        for _ in range(MAX_TAB_STOPS):
            if control.evaluate("(control) => control === document.activeElement"):
                return
            control.page.keyboard.press("Tab")
        raise AssertionError(f"no tab stop: {control}")


DEVICES: dict[str, Device] = {"mouse": Mouse(), "keyboard": Keyboard()}


def unreached_controls(page: Page) -> dict[str, list[str]]:
    """Return the visible controls that a device cannot reach, or that show no focus."""
    controls: list[str] = page.evaluate(_MARK_CONTROLS)
    by_mouse: list[str] = page.evaluate(_UNREACHED_BY_MOUSE)
    stops = _tab_stops(page, len(controls))
    by_keyboard = [number for number in map(str, range(len(controls))) if number not in stops]
    unseen = [number for number, is_seen in stops.items() if not is_seen]
    missing = {"mouse": by_mouse, "keyboard": by_keyboard, "focus": unseen}
    return {
        device: [controls[int(number)] for number in numbers]
        for device, numbers in missing.items()
        if numbers
    }


def _tab_stops(page: Page, n_controls: int) -> dict[str, bool]:
    """Return the controls that Tab visits, and whether each shows that it has the focus."""
    page.evaluate("document.activeElement.blur()")
    stops: dict[str, bool] = {}
    for _ in range(2 * n_controls + 10):  # a date has a stop for each of its parts
        page.keyboard.press("Tab")
        number, is_seen = focused(page)
        if number is not None:
            stops[number] = is_seen or stops.get(number, False)
    return stops


def focused(page: Page) -> tuple[str | None, bool]:
    found: Any = page.evaluate(_FOCUSED)
    return found[0], found[1]
