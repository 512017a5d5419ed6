"""Cost of an article by stage, as a running service counts it in `/metrics`.

    python -m benchmarks.stage_costs http://127.0.0.1:8080

The service sums the seconds of each stage of a write in the histogram `storyfold_stage_seconds`.
Divided by the articles that were posted since its start, they are the cost of one article.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final
from urllib.request import urlopen

from prometheus_client.parser import text_string_to_metric_families

from benchmarks.output import Row, options, show

_STAGE_SECONDS: Final = "storyfold_stage_seconds_sum"
POSTED: Final = "storyfold_articles_posted_total"


class StageSeconds:
    """Seconds by stage and the number of articles, up to now or within a period."""

    def __init__(self, seconds: Mapping[str, float], n_articles: float) -> None:
        self.seconds, self.n_articles = seconds, n_articles

    def since(self, earlier: StageSeconds) -> StageSeconds:
        """Return what was added since an earlier reading of the same process."""
        added = {
            stage: seconds - earlier.seconds.get(stage, 0.0)
            for stage, seconds in self.seconds.items()
        }
        return StageSeconds(added, self.n_articles - earlier.n_articles)

    def rows(self, total_seconds: float | None = None) -> Iterator[Row]:
        """Yield a row for each stage, the slowest marked.

        Parameters
        ----------
        total_seconds : float, optional
            What the clients waited for; what no stage covers becomes a row of its own.
        """
        seconds = dict(self.seconds)
        if total_seconds is not None:
            seconds["all else (HTTP, answers)"] = total_seconds - sum(seconds.values())
        slowest, total = max(seconds, key=seconds.__getitem__), sum(seconds.values())
        for stage, value in seconds.items():
            yield {
                "stage": stage,
                "ms an article": 1000 * value / self.n_articles,
                "share": f"{value / total:.0%}",
                "": "slowest" if stage == slowest else "",
            }


def read_stage_seconds(address: str) -> StageSeconds:
    """Read the sums of a running service; there are none in services that do not time stages."""
    with urlopen(f"{address}/metrics", timeout=60) as response:
        return parse_stage_seconds(response.read().decode())


def parse_stage_seconds(metrics: str) -> StageSeconds:
    """Find the sums in the text of `/metrics`."""
    families = text_string_to_metric_families(metrics)
    samples = [sample for family in families for sample in family.samples]
    seconds = {
        sample.labels["stage"]: sample.value for sample in samples if sample.name == _STAGE_SECONDS
    }
    posted = sum(sample.value for sample in samples if sample.name == POSTED)
    return StageSeconds(seconds, posted)


def main() -> None:
    parser = options(__doc__, data=False)
    parser.add_argument("address", help="of a running service, such as http://127.0.0.1:8080")
    args = parser.parse_args()
    measured = read_stage_seconds(args.address)
    if not measured.seconds or not measured.n_articles:
        raise SystemExit("the service has timed no stages, or no article was posted to it")
    show(measured.rows(), args.json)


if __name__ == "__main__":
    main()
