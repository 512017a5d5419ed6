"""Counts for Prometheus, in its text format."""

from __future__ import annotations

import threading
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Final

_BUCKETS: Final = (0.005, 0.025, 0.1, 0.5, 1.0, 2.5, 10.0)
_ESCAPES: Final = str.maketrans({"\\": r"\\", '"': r"\"", "\n": r"\n"})


class Metrics:
    """What this process has done since it started."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._requests: Counter[tuple[str, str, int]] = Counter()
        self._outcomes: Counter[str] = Counter()
        self._buckets = [0] * (len(_BUCKETS) + 1)
        self._seconds = 0.0

    def request(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count a request by its route (not its path, of which there is no end)."""
        with self._lock:
            self._requests[method, route, status] += 1
            self._buckets[bisect_left(_BUCKETS, seconds)] += 1
            self._seconds += seconds

    def articles(self, outcomes: Iterable[str]) -> None:
        """Count articles by outcome ("refused" for those not taken)."""
        with self._lock:
            self._outcomes.update(outcomes)

    def render(self, gauges: Mapping[str, tuple[str, float]]) -> str:
        """Write everything down.

        Parameters
        ----------
        gauges : mapping of str to (str, float)
            What is measured at this moment: help text and value by name.
        """
        with self._lock:
            lines = [*self._request_lines(), *self._duration_lines(), *self._outcome_lines()]
        for name, (explanation, value) in gauges.items():
            lines += [*_head(name, "gauge", explanation), f"{name} {value:g}"]
        return "\n".join(lines) + "\n"

    def _request_lines(self) -> list[str]:
        name = "storyfold_requests_total"
        lines = _head(name, "counter", "HTTP requests answered.")
        for (method, route, status), count in sorted(self._requests.items()):
            labels = f'method="{_escape(method)}",route="{_escape(route)}",status="{status}"'
            lines.append(f"{name}{{{labels}}} {count}")
        return lines

    def _duration_lines(self) -> list[str]:
        name = "storyfold_request_seconds"
        lines = _head(name, "histogram", "Time until a request was answered or began to be.")
        total = 0
        for bound, count in zip([*map(str, _BUCKETS), "+Inf"], self._buckets, strict=True):
            total += count
            lines.append(f'{name}_bucket{{le="{bound}"}} {total}')
        return [*lines, f"{name}_sum {self._seconds:.6f}", f"{name}_count {total}"]

    def _outcome_lines(self) -> list[str]:
        name = "storyfold_articles_posted_total"
        return _head(name, "counter", "Articles posted, by outcome.") + [
            f'{name}{{outcome="{outcome}"}} {count}'
            for outcome, count in sorted(self._outcomes.items())
        ]


def _head(name: str, kind: str, explanation: str) -> list[str]:
    return [f"# HELP {name} {explanation}", f"# TYPE {name} {kind}"]


def _escape(label: str) -> str:
    return label.translate(_ESCAPES)
