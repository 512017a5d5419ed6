"""The one exception of the client."""

from __future__ import annotations

from service.client.operations import ConflictProblem, FieldError, Problem


class StoryfoldError(Exception):
    """A call failed: the service refused it, or could not be reached.

    Parameters
    ----------
    message : str
    problem : Problem, optional
        What the service says; a `ConflictProblem` where a decision contradicts others. None if
        there was no answer, or it was not one of storyfold.
    status : int, optional
        HTTP status; None if there was no answer.
    """

    def __init__(
        self,
        message: str,
        problem: Problem | ConflictProblem | None = None,
        status: int | None = None,
    ) -> None:
        super().__init__(message)
        self.problem = problem
        self.status = status

    @property
    def errors(self) -> tuple[FieldError, ...]:
        """The invalid fields and the reasons."""
        return self.problem.errors if self.problem is not None else ()


class BrokenAnswerError(StoryfoldError):
    """An answer broke off; what came of it before is true."""


def error_from_problem(problem: Problem | ConflictProblem) -> StoryfoldError:
    """Return the exception of a problem; its message names the fields."""
    fields = "; ".join(f"{error.field}: {error.message}" for error in problem.errors)
    message = f"{problem.status} {problem.detail}" + (f" ({fields})" if fields else "")
    return StoryfoldError(message, problem, problem.status)
