from __future__ import annotations

import pytest

from service.attempts import Attempts


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def attempts(clock: Clock) -> Attempts:
    return Attempts(clock)


def waits(attempts: Attempts, clock: Clock, name: str, address: str, number: int) -> list[float]:
    """Fail so many times, each as soon as it is allowed."""
    found = []
    for _ in range(number):
        wait = attempts.begin(name, address)
        found.append(wait)
        if wait:
            clock.now += wait
            assert attempts.begin(name, address) == 0
    return found


def test_the_wait_for_a_name_doubles_up_to_a_minute(attempts: Attempts, clock: Clock) -> None:
    assert [round(it) for it in waits(attempts, clock, "anna", "192.0.2.1", 13)] == [
        *([0] * 5),
        *(1, 2, 4, 8, 16, 32, 60, 60),
    ]


def test_an_address_has_more_room_and_waits_longer(attempts: Attempts, clock: Clock) -> None:
    found = [waits(attempts, clock, f"name {number}", "192.0.2.1", 1)[0] for number in range(32)]
    assert not any(found[:20])
    assert [round(it) for it in found[20:]] == [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300]


def test_an_attempt_that_has_to_wait_does_not_count(attempts: Attempts, clock: Clock) -> None:
    waits(attempts, clock, "anna", "192.0.2.1", 6)
    first = attempts.begin("anna", "192.0.2.1")
    assert [attempts.begin("anna", "192.0.2.1") for _ in range(50)] == [first] * 50


def test_success_clears_the_name_but_not_the_address(attempts: Attempts, clock: Clock) -> None:
    for number in range(19):
        attempts.begin(f"name {number}", "192.0.2.1")
    for _ in range(5):  # who knows one password does not win more guesses at the others
        assert attempts.begin("anna", "192.0.2.1") == 0
        attempts.succeeded("anna", "192.0.2.1")
    assert attempts.begin("ben", "192.0.2.1") == 0
    assert attempts.begin("ben", "192.0.2.1") > 0


def test_guessing_from_elsewhere_does_not_keep_out_who_was_in_before(
    attempts: Attempts, clock: Clock
) -> None:
    attempts.begin("anna", "192.0.2.1")
    attempts.succeeded("anna", "192.0.2.1")
    for number in range(100):
        attempts.begin("anna", f"198.51.100.{number}")
    assert attempts.begin("anna", "203.0.113.9") > 0
    assert attempts.begin("anna", "192.0.2.1") == 0


def test_a_site_is_one_address_however_many_it_has(attempts: Attempts, clock: Clock) -> None:
    for number in range(20):
        attempts.begin(f"name {number}", f"2001:db8::{number:x}")
    assert attempts.begin("anna", "2001:db8::ffff:1") > 0
    assert attempts.begin("anna", "2001:db8:0:1::1") == 0


def test_after_an_hour_all_is_forgiven(attempts: Attempts, clock: Clock) -> None:
    waits(attempts, clock, "anna", "192.0.2.1", 12)
    clock.now += 3601
    assert [attempts.begin("anna", "192.0.2.1") for _ in range(5)] == [0.0] * 5


def test_memory_is_bounded(attempts: Attempts, clock: Clock, monkeypatch) -> None:
    monkeypatch.setattr("service.attempts._REMEMBERED", 50)
    for number in range(500):
        attempts.begin(f"name {number}", f"192.0.2.{number % 250}")
        attempts.succeeded(f"name {number}", f"192.0.2.{number % 250}")
        attempts.begin(f"other {number}", f"198.51.{number}.1")
    sizes = [
        len(attempts._names._records),
        len(attempts._addresses._records),
        len(attempts._familiar),
    ]
    assert max(sizes) == 50


def test_many_at_once_gain_nothing(attempts: Attempts) -> None:
    """All of them begin before the first is known to be wrong."""
    begun = [attempts.begin("anna", "192.0.2.1") for _ in range(20)]
    assert begun.count(0.0) == 5
