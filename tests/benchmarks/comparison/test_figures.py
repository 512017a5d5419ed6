"""Figures by round, their table and their picture."""

from __future__ import annotations

from xml.etree import ElementTree

from benchmarks.comparison.figures import Figure, format_number
from benchmarks.comparison.picture import draw

SVG = "{http://www.w3.org/2000/svg}"


def test_ratio_is_the_median_of_the_ratios_of_rounds() -> None:
    figure = Figure("rate, articles/s", (100.0, 10.0, 30.0), "signing", (200.0, 100.0, 100.0))
    assert figure.ratio == 0.3
    assert figure.row() == ["rate, articles/s", "30", "signing", "100", "0.3", "0.1 to 0.5"]


def test_a_figure_with_nothing_beside_it_shows_its_own_spread() -> None:
    assert Figure("memory, MB", (251.0, 249.0, 250.0)).row()[1:] == [
        "250",
        "",
        "",
        "",
        "249 to 251",
    ]
    assert Figure("disk, kB", (7.5,)).row()[1:] == ["7.5", "", "", "", ""]


def test_numbers_have_three_digits() -> None:
    assert [format_number(number) for number in (0.01234, 4.0, 12.345, 11_140.6)] == [
        "0.0123",
        "4",
        "12.3",
        "11,141",
    ]


def test_the_picture_has_a_line_for_each_ratio_within_its_axis() -> None:
    figures = [
        Figure("start", (2.0, 20.0), "<signing>", (1.0, 1.0)),
        Figure("taking in, articles/s", (1.0, 4.0), "signing", (10.0, 100.0)),
        Figure("memory", (250.0,)),
    ]
    root = ElementTree.fromstring(draw(figures))
    marks = [float(circle.attrib["cx"]) for circle in root.iter(f"{SVG}circle")]
    assert len(marks) == 2
    assert "beside signing; more is better" in [text.text for text in root.iter(f"{SVG}text")]
    assert marks[1] < marks[0]
    lines = [line for line in root.iter(f"{SVG}line") if line.get("stroke-width") == "3"]
    assert all(400 <= float(line.attrib[end]) <= 690 for line in lines for end in ("x1", "x2"))
