"""Decisions as requested: the accepted fields of each kind, and errors by field."""

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

from service.common.errors import InvalidInputError
from service.common.validation import CONTROL_CHARS, FieldError, error_message

MAX_ARTICLES: Final = 1000
"""Most articles that one decision may name."""


def _strip_control_chars(text: str) -> str:
    """Remove control characters: they have no meaning, and some databases refuse them."""
    return CONTROL_CHARS.sub("", text)


PrintableText = Annotated[str, AfterValidator(_strip_control_chars)]
PublicId = Annotated[
    str, StringConstraints(min_length=1, max_length=2048), AfterValidator(_strip_control_chars)
]
ArticleIds = Annotated[list[PublicId], Field(min_length=2, max_length=MAX_ARTICLES)]


class _DecisionRequestBase(BaseModel):
    """The fields that every decision may have."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    actor: PrintableText | None = Field(default=None, max_length=200)
    """Name of the editor; by default, the owner of the token or session."""
    reason: PrintableText = Field(default="", max_length=2000)
    seen: int | None = Field(default=None, ge=0, lt=2**63)
    """The newest change (`seq`) that the editor has seen. If the events or articles concerned have
    changed since, the response is 409, with these changes."""


class MergeEvents(_DecisionRequestBase):
    """All articles of these events belong to one event."""

    kind: Literal["merge_events"]
    event_ids: Annotated[list[PublicId], Field(min_length=2, max_length=100)]


class SplitEvent(_DecisionRequestBase):
    """Articles move to a new event, with their near-duplicates."""

    kind: Literal["split_event"]
    event_id: PublicId
    article_ids: Annotated[list[PublicId], Field(min_length=1, max_length=MAX_ARTICLES)]


class MoveArticle(_DecisionRequestBase):
    """An article moves to another event, with its near-duplicates."""

    kind: Literal["move_article"]
    article_id: PublicId
    event_id: PublicId


class RelateArticles(_DecisionRequestBase):
    """Articles belong together or apart: in events, or in duplicate groups."""

    kind: Literal["same_event", "keep_apart", "duplicate", "not_duplicate"]
    article_ids: ArticleIds


class LockEvent(_DecisionRequestBase):
    """A locked event takes and loses no articles automatically, until it is unlocked."""

    kind: Literal["lock_event", "unlock_event"]
    event_id: PublicId


class RenameEvent(_DecisionRequestBase):
    """An event has this headline, whatever articles arrive."""

    kind: Literal["rename_event"]
    event_id: PublicId
    headline: Annotated[
        str,
        StringConstraints(strip_whitespace=True, min_length=1, max_length=300),
        BeforeValidator(lambda text: _strip_control_chars(text) if isinstance(text, str) else text),
    ]


class SetCanonical(_DecisionRequestBase):
    """An article is the canonical article of its duplicate group."""

    kind: Literal["set_canonical"]
    duplicate_group_id: PublicId
    article_id: PublicId


DecisionRequest = Annotated[
    MergeEvents
    | SplitEvent
    | MoveArticle
    | RelateArticles
    | LockEvent
    | RenameEvent
    | SetCanonical,
    Field(discriminator="kind"),
]


class UndoRequest(_DecisionRequestBase):
    """A decision is undone."""


DECISION_ADAPTER: Final[TypeAdapter[DecisionRequest]] = TypeAdapter(DecisionRequest)
UNDO_ADAPTER: Final[TypeAdapter[UndoRequest]] = TypeAdapter(UndoRequest)


class InvalidDecisionError(InvalidInputError):
    """A request for a decision that is not valid; `field_errors` says where and why."""

    def __init__(self, *field_errors: FieldError) -> None:
        super().__init__("the decision is not valid")
        self.field_errors = field_errors


def field_names(kind: str) -> frozenset[str]:
    """Return the names of the fields of a kind of decision; empty for an unknown kind."""
    for model in get_args(get_args(DecisionRequest)[0]):
        if kind in get_args(model.model_fields["kind"].annotation):
            return frozenset(model.model_fields)
    return frozenset()


def parse_decision(raw: object) -> DecisionRequest:
    """Validate a decision.

    Raises
    ------
    InvalidDecisionError
    """
    try:
        return DECISION_ADAPTER.validate_python(raw)
    except ValidationError as error:
        raise _invalid_decision(error, path_start=1) from None


def parse_undo(raw: object) -> UndoRequest:
    """Validate a request to undo a decision; it may be None.

    Raises
    ------
    InvalidDecisionError
    """
    try:
        return UNDO_ADAPTER.validate_python({} if raw is None else raw)
    except ValidationError as error:
        raise _invalid_decision(error, path_start=0) from None


def to_payload(request: DecisionRequest | UndoRequest) -> dict[str, Any]:
    """Return what is requested, without kind, editor and reason."""
    return request.model_dump(mode="json", exclude={"actor", "reason", "seen", "kind"})


def _invalid_decision(error: ValidationError, path_start: int) -> InvalidDecisionError:
    field_errors = (
        FieldError(
            _json_pointer(details["loc"][path_start:], details["type"]), error_message(details)
        )
        for details in error.errors()
    )
    return InvalidDecisionError(*field_errors)


def _json_pointer(path: tuple[int | str, ...], kind: str) -> str:
    if kind.startswith("union_tag"):
        return "/kind"
    return "".join(f"/{part}" for part in path)
