"""Load at a fixed rate: waiting for earlier answers counts."""

from __future__ import annotations

import threading
import time

from benchmarks.comparison.http_load import latencies_at_rate, rate_of_clients


def test_a_slow_answer_shows_in_all_that_it_delays() -> None:
    turn = threading.Lock()

    def answer(seconds: float) -> None:
        with turn:
            time.sleep(seconds)

    calls = [lambda: answer(0.3), *[lambda: answer(0.0)] * 5]
    latencies = latencies_at_rate(calls, per_second=100)
    assert len(latencies) == 6
    assert min(latencies) >= 0.2


def test_clients_call_at_the_same_time() -> None:
    together = threading.Barrier(4, timeout=30)
    assert rate_of_clients([together.wait] * 8, n_clients=4) > 0
