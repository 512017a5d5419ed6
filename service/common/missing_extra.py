"""Optional dependencies, which are installed as extras."""

from __future__ import annotations


class MissingExtraError(RuntimeError):
    """The operation needs an extra that is not installed; the message names it."""

    def __init__(self, purpose: str, extra: str) -> None:
        super().__init__(
            f"{purpose} needs an extra. In the checkout, run: .venv/bin/pip install '.[{extra}]'"
        )
