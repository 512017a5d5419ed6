"""Many articles in one request: one answer each, in their order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from service import intake, problems, submission
from service.bodies import Line
from service.desk import Desk
from service.intake import Answer
from service.problems import LineProblem, Problem
from service.submission import Received


def answers(
    desk: Desk, lines: Iterable[Line], *, max_text_chars: int, dry_run: bool
) -> Iterator[Answer | LineProblem]:
    """Take in what can be taken, a transaction at a time, and answer every line.

    Parameters
    ----------
    desk : Desk
    lines : iterable of Line
    max_text_chars : int
    dry_run : bool

    Yields
    ------
    Answer or LineProblem
        Given only after the article is on disk.
    """
    rest = iter(lines)
    while chunk := list(islice(rest, intake.CHUNK)):
        read = [(line.number, _read(line, max_text_chars)) for line in chunk]
        good = [received for _, received in read if isinstance(received, Received)]
        taken = iter(_taken(desk, good, dry_run))
        for number, received in read:
            result = next(taken) if isinstance(received, Received) else received
            yield result if isinstance(result, Answer) else problems.on_line(result, number)


def _read(line: Line, max_text_chars: int) -> Received | Problem:
    if line.error is not None:
        return problems.problem_of(line.error)
    try:
        return submission.read(line.content, max_text_chars=max_text_chars)
    except submission.InvalidArticleError as error:
        return problems.problem_of(error)


def _taken(desk: Desk, received: list[Received], dry_run: bool) -> Sequence[Answer | Problem]:
    try:
        return intake.ingest(desk, received, dry_run=dry_run)
    except Exception as error:  # the lines of other transactions have been or will be taken
        return [problems.problem_of(error)] * len(received)
