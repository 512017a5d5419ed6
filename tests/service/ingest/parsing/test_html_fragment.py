from __future__ import annotations

import pytest

from service.ingest.parsing.html_fragment import html_to_text


@pytest.mark.parametrize(
    ("fragment", "text"),
    [
        ("<p>One &amp; two.</p><p>Three<br>four.</p>", "One & two.\n\nThree\nfour."),
        ("<div><p>wrapped\nin its source</p></div>", "wrapped in its source"),
        ("plain\ntext", "plain\ntext"),
        ("<p>a&nbsp; b</p>", "a b"),
        ("One<script>two()</script><!-- three -->", "One"),
        ("", ""),
    ],
)
def test_br_ends_a_line_and_block_elements_end_a_paragraph(fragment: str, text: str) -> None:
    assert html_to_text(fragment) == text


def test_every_line_can_be_a_paragraph() -> None:
    fragment = "<p>One.</p><p>Two<br>three.</p>"
    assert html_to_text(fragment, split_paragraphs_at_lines=True) == "One.\n\nTwo\n\nthree."
