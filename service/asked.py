"""A decision as it is posted: what is accepted, and what is wrong with what is not."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal, get_args

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    TypeAdapter,
    ValidationError,
)

from service.submission import CONTROL, Fault, in_words

MOST_ARTICLES: Final = 1000


def _printable(text: str) -> str:
    """Control characters mean nothing in what people write, and not every database keeps them."""
    return CONTROL.sub("", text)


Line = Annotated[str, AfterValidator(_printable)]
Name = Annotated[str, StringConstraints(min_length=1, max_length=2048), AfterValidator(_printable)]
Articles = Annotated[list[Name], Field(min_length=2, max_length=MOST_ARTICLES)]


class _Asked(BaseModel):
    """What every decision may say."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    actor: Line | None = Field(default=None, max_length=200)
    """Who decides; without it, whose token or session it is."""
    reason: Line = Field(default="", max_length=2000)
    seen: int | None = Field(default=None, ge=0, lt=2**63)
    """The newest change (`seq`) that whoever decides has seen. If the events or articles concerned
    have changed since, the answer is 409, with what has."""


class MergeEvents(_Asked):
    """All articles of these events are about one."""

    kind: Literal["merge_events"]
    event_ids: Annotated[list[Name], Field(min_length=2, max_length=100)]


class SplitEvent(_Asked):
    """Articles leave for a new event, with their reprints."""

    kind: Literal["split_event"]
    event_id: Name
    article_ids: Annotated[list[Name], Field(min_length=1, max_length=MOST_ARTICLES)]


class MoveArticle(_Asked):
    """An article goes to another event, with its reprints."""

    kind: Literal["move_article"]
    article_id: Name
    event_id: Name


class AboutArticles(_Asked):
    """Articles belong together or apart."""

    kind: Literal["same_event", "keep_apart", "duplicate", "not_duplicate"]
    article_ids: Articles


class LockEvent(_Asked):
    """An event takes and loses nothing by itself; or does again."""

    kind: Literal["lock_event", "unlock_event"]
    event_id: Name


class RenameEvent(_Asked):
    """An event has this headline, whatever comes."""

    kind: Literal["rename_event"]
    event_id: Name
    headline: Annotated[
        str,
        StringConstraints(strip_whitespace=True, min_length=1, max_length=300),
        BeforeValidator(lambda text: _printable(text) if isinstance(text, str) else text),
    ]


class SetCanonical(_Asked):
    """An article stands for its group."""

    kind: Literal["set_canonical"]
    duplicate_group_id: Name
    article_id: Name


Asked = Annotated[
    MergeEvents | SplitEvent | MoveArticle | AboutArticles | LockEvent | RenameEvent | SetCanonical,
    Field(discriminator="kind"),
]


class Undo(_Asked):
    """A decision is taken back."""


ASKED: Final[TypeAdapter[Asked]] = TypeAdapter(Asked)
UNDO: Final[TypeAdapter[Undo]] = TypeAdapter(Undo)


class InvalidDecisionError(ValueError):
    """A decision that can't be understood; `faults` says where and why."""

    def __init__(self, *faults: Fault) -> None:
        super().__init__("the decision can't be taken")
        self.faults = faults


def fields(kind: str) -> frozenset[str]:
    """Return the names of the fields that decisions of a kind have; none where there is no such."""
    for model in get_args(get_args(Asked)[0]):
        if kind in get_args(model.model_fields["kind"].annotation):
            return frozenset(model.model_fields)
    return frozenset()


def read(raw: object) -> Asked:
    """Read a decision.

    Raises
    ------
    InvalidDecisionError
    """
    try:
        return ASKED.validate_python(raw)
    except ValidationError as error:
        raise _invalid(error, inside=1) from None


def read_undo(raw: object) -> Undo:
    """Read what is said where a decision is taken back; nothing needs to be.

    Raises
    ------
    InvalidDecisionError
    """
    try:
        return UNDO.validate_python({} if raw is None else raw)
    except ValidationError as error:
        raise _invalid(error, inside=0) from None


def payload(asked: Asked | Undo) -> dict[str, Any]:
    """What was asked for, without who did and why."""
    return asked.model_dump(mode="json", exclude={"actor", "reason", "seen", "kind"})


def _invalid(error: ValidationError, inside: int) -> InvalidDecisionError:
    faults = (
        Fault(_pointer(fault["loc"][inside:], fault["type"]), in_words(fault))
        for fault in error.errors()
    )
    return InvalidDecisionError(*faults)


def _pointer(place: tuple[int | str, ...], kind: str) -> str:
    if kind.startswith("union_tag"):
        return "/kind"
    return "".join(f"/{part}" for part in place)
