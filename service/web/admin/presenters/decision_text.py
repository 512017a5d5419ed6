"""Decisions in words, without the links of the pages."""

from __future__ import annotations

from typing import Final

from flask import get_template_attribute
from markupsafe import Markup

from service.queries import DecisionView
from service.web.admin.presenters.display_names import DisplayNames

_TEMPLATE: Final = "admin/partials/_decision_text.html"


def describe(decision: DecisionView, names: DisplayNames) -> str:
    """Return what was decided as one plain sentence, in the words of the pages."""
    markup: Markup = get_template_attribute(_TEMPLATE, "describe")(decision, names)
    return markup.striptags()
