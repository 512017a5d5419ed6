"""Waits after failed login attempts."""

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
def throttle(clock: Clock) -> LoginThrottle:
    return LoginThrottle(clock)


def fail_repeatedly(
    throttle: LoginThrottle, clock: Clock, name: str, address: str, n_attempts: int
) -> list[float]:
    """Fail a number of attempts, each as soon as it is allowed; return their waits."""
    waits = []
    for _ in range(n_attempts):
        wait = throttle.begin_attempt(name, address)
        waits.append(wait)
        if wait:
            clock.now += wait
            assert throttle.begin_attempt(name, address) == 0
    return waits


def test_wait_for_a_name_doubles_up_to_a_minute(throttle: LoginThrottle, clock: Clock) -> None:
    waits = fail_repeatedly(throttle, clock, "anna", "192.0.2.1", 13)
    assert [round(wait) for wait in waits] == [
        *([0] * 5),
        *(1, 2, 4, 8, 16, 32, 60, 60),
    ]


def test_address_has_more_free_attempts_and_waits_longer(
    throttle: LoginThrottle, clock: Clock
) -> None:
    waits = [
        fail_repeatedly(throttle, clock, f"name {number}", "192.0.2.1", 1)[0]
        for number in range(32)
    ]
    assert not any(waits[:20])
    assert [round(wait) for wait in waits[20:]] == [
        *(1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300),
    ]


def test_refused_attempt_does_not_count(throttle: LoginThrottle, clock: Clock) -> None:
    fail_repeatedly(throttle, clock, "anna", "192.0.2.1", 6)
    first = throttle.begin_attempt("anna", "192.0.2.1")
    assert [throttle.begin_attempt("anna", "192.0.2.1") for _ in range(50)] == [first] * 50


def test_success_clears_the_name_but_not_the_address(throttle: LoginThrottle) -> None:
    for number in range(19):
        throttle.begin_attempt(f"name {number}", "192.0.2.1")
    for _ in range(5):  # knowing one password gives no more guesses at the others
        assert throttle.begin_attempt("anna", "192.0.2.1") == 0
        throttle.record_success("anna", "192.0.2.1")
    assert throttle.begin_attempt("ben", "192.0.2.1") == 0
    assert throttle.begin_attempt("ben", "192.0.2.1") > 0


def test_guessing_from_elsewhere_does_not_delay_a_known_address(throttle: LoginThrottle) -> None:
    throttle.begin_attempt("anna", "192.0.2.1")
    throttle.record_success("anna", "192.0.2.1")
    for number in range(100):
        throttle.begin_attempt("anna", f"198.51.100.{number}")
    assert throttle.begin_attempt("anna", "203.0.113.9") > 0
    assert throttle.begin_attempt("anna", "192.0.2.1") == 0


def test_ipv6_addresses_of_one_site_count_as_one(throttle: LoginThrottle) -> None:
    for number in range(20):
        throttle.begin_attempt(f"name {number}", f"2001:db8::{number:x}")
    assert throttle.begin_attempt("anna", "2001:db8::ffff:1") > 0
    assert throttle.begin_attempt("anna", "2001:db8:0:1::1") == 0


def test_failures_expire_after_an_hour(throttle: LoginThrottle, clock: Clock) -> None:
    fail_repeatedly(throttle, clock, "anna", "192.0.2.1", 12)
    clock.now += 3601
    assert [throttle.begin_attempt("anna", "192.0.2.1") for _ in range(5)] == [0.0] * 5


def test_memory_is_bounded(clock: Clock) -> None:
    throttle = LoginThrottle(clock, max_records=50)
    for number in range(500):
        throttle.begin_attempt(f"name {number}", f"192.0.2.{number % 250}")
        throttle.record_success(f"name {number}", f"192.0.2.{number % 250}")
        throttle.begin_attempt(f"other {number}", f"198.51.{number}.1")
    sizes = [
        len(throttle._by_name._records),
        len(throttle._by_network._records),
        len(throttle._known_logins),
    ]
    assert max(sizes) == 50


def test_concurrent_attempts_gain_nothing(throttle: LoginThrottle) -> None:
    """All of them begin before the first has failed."""
    waits = [throttle.begin_attempt("anna", "192.0.2.1") for _ in range(20)]
    assert waits.count(0.0) == 5
