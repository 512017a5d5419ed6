"""What rules out that two texts are copies, and what does not."""

from __future__ import annotations

import pytest

from clustering.duplicates.veto import find_veto
from tests.support.look_alikes import (
    CORRECTED_QUAKE,
    FIRST_QUAKE,
    LOCK,
    NOTICE,
    OTHER_QUAKE,
    STUB,
    TENOR,
    WIRE,
    Story,
    make_fingerprint,
    with_notice,
)


def veto_of(first: Story, second: Story) -> str | None:
    prints = make_fingerprint(first), make_fingerprint(second)
    veto = find_veto(*prints)
    assert find_veto(*reversed(prints)) == veto
    return veto


class TestNotices:
    @pytest.mark.parametrize("first", [False, True])
    def test_two_stories_with_a_notice_are_no_copies(self, first: bool) -> None:
        stories = (with_notice(story, first=first) for story in (LOCK, TENOR))
        assert veto_of(*stories) == "unlike headlines"

    @pytest.mark.parametrize("stub", [STUB, f"{STUB} {NOTICE}", "Comments"])
    def test_one_notice_under_two_headlines_is_no_copy(self, stub: str) -> None:
        stories = (story._replace(text=stub) for story in (LOCK, TENOR))
        assert veto_of(*stories) == "unlike headlines"

    def test_one_notice_under_headlines_that_differ_in_a_name_is_no_copy(self) -> None:
        first, second = Story("Woman drowns in Hammarn", STUB), Story("Woman drowns in Selje", STUB)
        assert veto_of(first, second) == "unlike headlines"

    def test_one_notice_under_one_headline_is_a_copy(self) -> None:
        assert veto_of(Story(LOCK.title, STUB), Story(LOCK.title, STUB, "Selje Echo")) is None

    def test_one_notice_without_headlines_is_a_copy(self) -> None:
        assert veto_of(Story("", STUB), Story("", STUB, "Selje Echo")) is None

    def test_in_japanese(self) -> None:
        stub = "この記事は会員限定です。続きを読むには登録してください。三十日間は無料です。"
        first, second = Story("台風で橋が通行止め", stub), Story("県知事選で新人当選", stub)
        assert veto_of(first, second) == "unlike headlines"


class TestReprints:
    """Copies under other headlines and between other notices."""

    REPRINT = Story("Barges wait as lock gate cracks", WIRE, "Selje Echo")

    def test_wrapped_in_notices_is_a_copy(self) -> None:
        original = with_notice(LOCK._replace(text=WIRE))
        assert veto_of(original, with_notice(self.REPRINT, STUB, first=True)) is None

    def test_under_a_headline_that_the_text_does_not_tell_is_a_copy(self) -> None:
        pun = Story("Gridlock", WIRE, "Selje Echo")
        assert veto_of(LOCK._replace(text=WIRE), pun) is None

    def test_without_a_headline_is_a_copy(self) -> None:
        assert veto_of(with_notice(LOCK._replace(text=WIRE)), Story("", WIRE)) is None

    def test_of_the_end_alone_is_a_copy(self) -> None:
        end = " ".join(WIRE.split()[40:])
        assert veto_of(LOCK._replace(text=WIRE), Story("Skippers want refund", end, "Echo")) is None

    def test_passages_that_one_outlet_repeats_in_a_follow_up_are_no_copy(self) -> None:
        follow_up = Story("Canal board pays skippers", f"{TENOR.text} {WIRE[-260:]} {NOTICE}")
        assert veto_of(LOCK._replace(text=WIRE), follow_up) == "unlike headlines"


class TestTemplates:
    def test_two_earthquakes_are_no_copies(self) -> None:
        assert veto_of(FIRST_QUAKE, OTHER_QUAKE) == "different case"

    def test_corrected_figure_is_a_copy(self) -> None:
        assert veto_of(FIRST_QUAKE, CORRECTED_QUAKE) is None

    def test_corrected_name_is_a_copy(self) -> None:
        text = WIRE.replace("Berit Aaltonen", "Beret Altonen")
        assert veto_of(LOCK._replace(text=WIRE), LOCK._replace(text=text)) is None

    @pytest.mark.parametrize(
        ("first", "second"),
        [
            # German: every noun has a capital.
            ("Das Gericht in Hammarn hat Jens Oltmer, 41, aus Selje am Montag zu drei Jahren Haft"
             " verurteilt, weil er in Korvik ein Boot gestohlen hatte. Das Urteil ist nicht"
             " rechtskräftig, und der Verteidiger will Berufung einlegen.",
             "Das Gericht in Drenby hat Mirja Kallas, 28, aus Tolle am Freitag zu zwei Jahren Haft"
             " verurteilt, weil sie in Asker ein Boot gestohlen hatte. Das Urteil ist nicht"
             " rechtskräftig, und der Verteidiger will Berufung einlegen."),
            ("Землетрясение магнитудой 4,1 произошло в понедельник в 20 километрах от Сельи,"
             " сообщила служба. Никто не пострадал. Толчки почувствовали в Корвике и Хаммарне.",
             "Землетрясение магнитудой 5,3 произошло в пятницу в 31 километре от Дренбю,"
             " сообщила служба. Никто не пострадал. Толчки почувствовали в Толле и Аскере."),
            ("Erik Brandt scored twice as Selje beat Hammarn 3-1 at home on Sunday and went top.",
             "Ada Holm scored twice as Drenby beat Korvik 4-2 at home on Sunday and went top."),
            ("Police found a stolen bus in the woods near Hammarn early on Sunday morning.",
             "Police found a stolen bus in the woods near Drenby early on Sunday morning."),
        ],
    )  # fmt: skip
    def test_reports_from_one_template_are_no_copies(self, first: str, second: str) -> None:
        assert veto_of(Story("", first), Story("", second, "Selje Echo")) == "different case"


def test_contradictions_that_only_one_text_marks_count_whichever_comes_first() -> None:
    """A word may be marked as a name in one text alone; what is vetoed must not depend on which
    text was compared with which first, since the answer is kept."""
    shared = "Shop always long reached whole part tree simple among half {} Stone door window Near"
    shared += " fire {} fire sister Gave {} {} {} several line Mile open station Light {}."
    first = Story(
        "Canal board meets", shared.format("83 83", "12", "told", "83", "Roosk", "term"), "A"
    )
    second = Story(
        "Canal board meets",
        shared.format("12 Orsted", "Vestad", "Told", "Orsted", "Vestad", "Term"),
        "B",
    )
    assert veto_of(first, second) == "different case"
