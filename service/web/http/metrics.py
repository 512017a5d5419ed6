"""Counts for Prometheus, in its text format."""

from __future__ import annotations

import threading
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Final

_BUCKET_BOUNDS_SECONDS: Final = (0.005, 0.025, 0.1, 0.5, 1.0, 2.5, 10.0)
_LABEL_ESCAPES: Final = str.maketrans({"\\": r"\\", '"': r"\"", "\n": r"\n"})


class Metrics:
    """What this process has done since it started."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._requests: Counter[tuple[str, str, int]] = Counter()
        self._outcomes: Counter[str] = Counter()
        self._bucket_counts = [0] * (len(_BUCKET_BOUNDS_SECONDS) + 1)
        self._total_seconds = 0.0

    def count_request(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count a request by its route (not its path, of which there is no end)."""
        with self._lock:
            self._requests[method, route, status] += 1
            self._bucket_counts[bisect_left(_BUCKET_BOUNDS_SECONDS, seconds)] += 1
            self._total_seconds += seconds

    def count_outcomes(self, outcomes: Iterable[str]) -> None:
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
            lines += [*_header_lines(name, "gauge", explanation), f"{name} {value:g}"]
        return "\n".join(lines) + "\n"

    def _request_lines(self) -> list[str]:
        name = "storyfold_requests_total"
        lines = _header_lines(name, "counter", "HTTP requests answered.")
        for (method, route, status), count in sorted(self._requests.items()):
            labels = (
                f'method="{_escape_label(method)}",route="{_escape_label(route)}",status="{status}"'
            )
            lines.append(f"{name}{{{labels}}} {count}")
        return lines

    def _duration_lines(self) -> list[str]:
        name = "storyfold_request_seconds"
        lines = _header_lines(
            name, "histogram", "Time until a request was answered or began to be."
        )
        total = 0
        for bound, count in zip(
            [*map(str, _BUCKET_BOUNDS_SECONDS), "+Inf"], self._bucket_counts, strict=True
        ):
            total += count
            lines.append(f'{name}_bucket{{le="{bound}"}} {total}')
        return [*lines, f"{name}_sum {self._total_seconds:.6f}", f"{name}_count {total}"]

    def _outcome_lines(self) -> list[str]:
        name = "storyfold_articles_posted_total"
        return _header_lines(name, "counter", "Articles posted, by outcome.") + [
            f'{name}{{outcome="{outcome}"}} {count}'
            for outcome, count in sorted(self._outcomes.items())
        ]


def _header_lines(name: str, metric_type: str, help_text: str) -> list[str]:
    return [f"# HELP {name} {help_text}", f"# TYPE {name} {metric_type}"]


def _escape_label(label: str) -> str:
    return label.translate(_LABEL_ESCAPES)
