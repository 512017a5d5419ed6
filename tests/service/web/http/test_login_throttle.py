from __future__ import annotations

import pytest

from service.web.http.login_throttle import LoginThrottle


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def attempts(clock: Clock) -> LoginThrottle:
    return LoginThrottle(clock)


def waits(
    attempts: LoginThrottle, clock: Clock, name: str, address: str, number: int
) -> list[float]:
    """Fail so many times, each as soon as it is allowed."""
    found = []
    for _ in range(number):
        wait = attempts.begin_attempt(name, address)
        found.append(wait)
        if wait:
            clock.now += wait
            assert attempts.begin_attempt(name, address) == 0
    return found


def test_the_wait_for_a_name_doubles_up_to_a_minute(attempts: LoginThrottle, clock: Clock) -> None:
    assert [round(it) for it in waits(attempts, clock, "anna", "192.0.2.1", 13)] == [
        *([0] * 5),
        *(1, 2, 4, 8, 16, 32, 60, 60),
    ]


def test_an_address_has_more_room_and_waits_longer(attempts: LoginThrottle, clock: Clock) -> None:
    found = [waits(attempts, clock, f"name {number}", "192.0.2.1", 1)[0] for number in range(32)]
    assert not any(found[:20])
    assert [round(it) for it in found[20:]] == [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300]


def test_an_attempt_that_has_to_wait_does_not_count(attempts: LoginThrottle, clock: Clock) -> None:
    waits(attempts, clock, "anna", "192.0.2.1", 6)
    first = attempts.begin_attempt("anna", "192.0.2.1")
    assert [attempts.begin_attempt("anna", "192.0.2.1") for _ in range(50)] == [first] * 50


def test_success_clears_the_name_but_not_the_address(attempts: LoginThrottle, clock: Clock) -> None:
    for number in range(19):
        attempts.begin_attempt(f"name {number}", "192.0.2.1")
    for _ in range(5):  # who knows one password does not win more guesses at the others
        assert attempts.begin_attempt("anna", "192.0.2.1") == 0
        attempts.record_success("anna", "192.0.2.1")
    assert attempts.begin_attempt("ben", "192.0.2.1") == 0
    assert attempts.begin_attempt("ben", "192.0.2.1") > 0


def test_guessing_from_elsewhere_does_not_keep_out_who_was_in_before(
    attempts: LoginThrottle, clock: Clock
) -> None:
    attempts.begin_attempt("anna", "192.0.2.1")
    attempts.record_success("anna", "192.0.2.1")
    for number in range(100):
        attempts.begin_attempt("anna", f"198.51.100.{number}")
    assert attempts.begin_attempt("anna", "203.0.113.9") > 0
    assert attempts.begin_attempt("anna", "192.0.2.1") == 0


def test_a_site_is_one_address_however_many_it_has(attempts: LoginThrottle, clock: Clock) -> None:
    for number in range(20):
        attempts.begin_attempt(f"name {number}", f"2001:db8::{number:x}")
    assert attempts.begin_attempt("anna", "2001:db8::ffff:1") > 0
    assert attempts.begin_attempt("anna", "2001:db8:0:1::1") == 0


def test_after_an_hour_all_is_forgiven(attempts: LoginThrottle, clock: Clock) -> None:
    waits(attempts, clock, "anna", "192.0.2.1", 12)
    clock.now += 3601
    assert [attempts.begin_attempt("anna", "192.0.2.1") for _ in range(5)] == [0.0] * 5


def test_memory_is_bounded(attempts: LoginThrottle, clock: Clock, monkeypatch) -> None:
    monkeypatch.setattr("service.web.http.login_throttle._MAX_KEYS_REMEMBERED", 50)
    for number in range(500):
        attempts.begin_attempt(f"name {number}", f"192.0.2.{number % 250}")
        attempts.record_success(f"name {number}", f"192.0.2.{number % 250}")
        attempts.begin_attempt(f"other {number}", f"198.51.{number}.1")
    sizes = [
        len(attempts._by_name._records),
        len(attempts._by_network._records),
        len(attempts._known_logins),
    ]
    assert max(sizes) == 50


def test_many_at_once_gain_nothing(attempts: LoginThrottle) -> None:
    """All of them begin before the first is known to be wrong."""
    begun = [attempts.begin_attempt("anna", "192.0.2.1") for _ in range(20)]
    assert begun.count(0.0) == 5
