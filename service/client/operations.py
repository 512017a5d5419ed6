"""The calls of the API and their answers, made from the OpenAPI document.

Do not edit: change the document, and run `make client`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal
from urllib.parse import quote


@dataclass(frozen=True, slots=True, kw_only=True)
class RunnerUp:
    """The most probable event that the article did not join."""

    event_id: str
    probability: float


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceView:
    """The numbers and terms behind an assignment; null if there was nothing to compare."""

    jaccard: float | None
    """Jaccard similarity to `duplicate_of`: shared word shingles, of all that either text has."""
    containment: float | None
    """Shared word shingles with `duplicate_of`, of all that the shorter text has."""
    duplicate_score: float | None
    """Containment, with shingles weighted by how few duplicate groups contain them."""
    event_probability: float | None
    """Probability that the article reports the same event as the rest of its event."""
    runner_up: RunnerUp | None
    shared_terms: tuple[str, ...]
    """The shared terms that contributed most, the largest contribution first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IngestResult:
    """The assignment of one ingested article."""

    article_id: str
    outcome: Literal["new", "unchanged", "updated", "exact_duplicate", "near_duplicate"]
    """A new article is "new", "exact_duplicate" or "near_duplicate"; a stored one is "unchanged" or
    "updated"."""
    duplicate_group_id: str
    duplicate_of: str | None
    """The canonical article of the duplicate group; null if it is this article."""
    duplicate_of_url: str | None
    """Address of that article; null if it has none."""
    event_id: str
    event_size: int
    """Number of articles in the event, near-duplicates included."""
    evidence: EvidenceView
    warnings: tuple[str, ...]
    """Parts of the article that were ignored or repaired, and limits of its assignment."""
    aliases: Mapping[str, str]
    """Fields that were read from other names, and those names, or paths such as
    "publisher/name"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleItem:
    """An article in a list, without its text."""

    article_id: str
    title: str
    url: str | None
    source: str | None
    language: str
    """As given or detected; "und" if it is unknown."""
    published_at: str | None
    """As given."""
    seen_at: datetime
    """When it was published; when it was received, if that is unknown."""
    received_at: datetime
    version: int
    duplicate_group_id: str
    duplicate_of: str | None
    event_id: str
    event_headline: str
    event_size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticlePage:
    """A page of articles, those received last first."""

    items: tuple[ArticleItem, ...]
    next_cursor: str | None
    """Send it as `cursor` for the next page; null on the last one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RemovalResult:
    """How many articles match a removal, and how many were removed."""

    matching: int
    """Send it as `confirm` to remove them."""
    removed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldError:
    """One problem with one field of the input."""

    field: str
    """In a body, the JSON pointer of the field, such as "/text"; "" means the whole body. In a
    query, the name of the parameter, such as "limit"."""
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LineProblem:
    """The error of one line of a batch; it does not affect the other lines."""

    type: str
    title: str
    status: int
    detail: str
    errors: tuple[FieldError, ...] = ()
    line: int
    """Line number, counted from 1 and including blank lines; in an array, the position of the
    article."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignmentView:
    """The duplicate group and event of an article, with the evidence."""

    duplicate_group_id: str
    duplicate_of: str | None
    duplicate_of_url: str | None
    """Address of the canonical article; null where it has none, or is this article."""
    event_id: str
    event_size: int
    outcome: Literal["new", "exact_duplicate", "near_duplicate"]
    placed_by: str | None
    """The decision or undo that moved it into its event; null if no decision did."""
    evidence: EvidenceView


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleView:
    """An article as it is stored, with its current assignment."""

    id: str
    url: str | None
    canonical_url: str | None
    title: str
    text: str
    published_at: str | None
    source: str | None
    origin: str | None
    """The wire agency named in the credits of the text, such as "AP"; null if there is none."""
    language: str | None
    """As given."""
    detected_language: str
    """As given or detected; "und" if it is unknown."""
    version: int
    received_at: datetime
    updated_at: datetime
    assignment: AssignmentView


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """One version of an article, as posted."""

    version: int
    posted_at: datetime
    """When this version was received."""
    url: str | None
    title: str
    text: str
    published_at: str | None
    source: str | None
    language: str | None
    """As given."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionPage:
    """Versions of an article, the newest first; the newest is the current one."""

    article_id: str
    items: tuple[Version, ...]
    next_cursor: int | None
    """Send it as `cursor` for the versions before these; null on the last page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PassagePart:
    """A part of a title or passage."""

    text: str
    is_match: bool
    """Whether the search found this part."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchHit:
    """An article that a search found."""

    article_id: str
    title: str
    url: str | None
    source: str | None
    language: str
    published_at: str | None
    seen_at: datetime
    received_at: datetime
    version: int
    duplicate_group_id: str
    duplicate_of: str | None
    event_id: str
    event_headline: str
    event_size: int
    marked_title: tuple[PassagePart, ...]
    """The title; empty if there is none."""
    passage: tuple[PassagePart, ...]
    """The part of the text with the found words; empty if they are in the title only."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchPage:
    """A page of what a search found, those received last first."""

    articles: int
    """Number of articles found, 1,000 at most."""
    events: int
    """Number of events that these are in."""
    more: bool
    """Whether more articles match than `articles` says, or may: those that have the words of a
    phrase are not all checked at once."""
    items: tuple[SearchHit, ...]
    next_cursor: str | None
    """Send it as `cursor` for the next page; null on the last one. A page before it may have fewer
    items than `limit`, or none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceSummary:
    """A source, by the name that its articles give."""

    name: str
    articles: int
    last_received_at: datetime
    """When its last article was received."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceList:
    """The sources, those with the most articles first; a thousand at most."""

    items: tuple[SourceSummary, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NearDuplicate:
    """An article with nearly the same text."""

    article_id: str
    title: str
    url: str | None
    source: str | None
    duplicate_group_id: str
    event_id: str
    duplicate_score: float
    """Containment, with shingles weighted by how few duplicate groups contain them."""
    containment: float
    """Shared word shingles, of all that the shorter text has."""
    jaccard: float
    """Shared word shingles, of all that either text has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NearEvent:
    """An event with an article like it."""

    event_id: str
    headline: str
    article_id: str
    """The article that is most like it."""
    probability: float
    """Probability that both report the same event."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SimilarResult:
    """What is like an article or a text, the most similar first."""

    near_duplicates: tuple[NearDuplicate, ...]
    events: tuple[NearEvent, ...]
    """Events of articles and their near-duplicates; for a stored article, its own is among them."""
    event_threshold: float
    """Mean probability from which texts are one event."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EventSummary:
    """An event in a list."""

    event_id: str
    headline: str
    """The headline given by an editor; else the title of the most central article; else, if no
    article has a title, the beginning of a text."""
    state: Literal["open", "merged", "empty"]
    size: int
    """Number of articles, near-duplicates included."""
    group_count: int
    """Number of duplicate groups."""
    first_seen: datetime
    """When the first article was published; when it was received, if that is unknown."""
    last_seen: datetime
    """The same for the last article."""
    sources: tuple[str, ...]
    """All outlets with an article in the event."""
    independent_sources: int
    """Number of independent sources: the copies of a text count once, and all texts of one wire
    agency count once, for the agency."""
    languages: tuple[str, ...]
    key_terms: tuple[str, ...]
    """Terms that its articles share and few other articles contain, the most specific first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EventPage:
    """A page of events, in the order asked for."""

    items: tuple[EventSummary, ...]
    next_cursor: str | None
    """Send it as `cursor` for the next page; null on the last one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """An article in its group and event, without the full text."""

    article_id: str
    title: str
    excerpt: str
    """The first words of the text."""
    url: str | None
    source: str | None
    origin: str | None
    """The wire agency named in the credits of the text, such as "AP"; null if there is none."""
    language: str
    """As given or detected; "und" if it is unknown."""
    published_at: str | None
    """As given."""
    seen_at: datetime
    """When it was published; when it was received, if that is unknown."""
    version: int
    outcome: Literal["new", "exact_duplicate", "near_duplicate"]
    duplicate_of: str | None
    placed_by: str | None
    """The decision or undo that moved it into its event; null if no decision did."""
    evidence: EvidenceView


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupView:
    """A duplicate group: the canonical article first, then the others in order of time."""

    duplicate_group_id: str
    event_id: str
    canonical_article_id: str
    canonical_by: str | None
    """The decision by which that article was chosen; null if the canonical rule chose it."""
    size: int
    sources: tuple[str, ...]
    """All outlets that published it."""
    independent_sources: int = 1
    """Always 1, because all members are copies of one text."""
    members: tuple[Member, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class EventView:
    """An event with all its articles, by duplicate group and in order of time."""

    event_id: str
    headline: str
    state: Literal["open", "merged", "empty"]
    size: int
    group_count: int
    first_seen: datetime
    last_seen: datetime
    sources: tuple[str, ...]
    independent_sources: int
    languages: tuple[str, ...]
    key_terms: tuple[str, ...]
    locked_by: str | None
    """The decision by which it is locked; null if it is not."""
    headline_by: str | None
    """The decision by which it has its headline; null if that comes from its articles."""
    seq: int
    """The newest change when this was read; to be sent as `seen` with a decision about it."""
    groups: tuple[GroupView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MergedResponse:
    """The event or duplicate group that another one has merged into."""

    merged_into: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignmentItem:
    """One line of the list of all current assignments."""

    article_id: str
    duplicate_group_id: str
    event_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeView:
    """One row of the change log."""

    seq: int
    at: datetime
    kind: Literal[
        "article.assigned",
        "article.updated",
        "article.moved",
        "article.removed",
        "articles.retired",
        "article.recalled",
        "store.reclustered",
        "decision.made",
        "decision.undone",
        "event.merged",
        "event.split",
        "group.merged",
        "group.split",
    ]
    article_id: str | None
    duplicate_group_id: str | None
    event_id: str | None
    source_id: str | None
    """Merged: the event or group that is gone. Split: the one that articles left. Moved: the old
    event. Decisions: the decision."""
    target_id: str | None
    """Merged: the event or group that remains. Split: the new one. Moved: the new event."""
    reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangePage:
    """Changes after a cursor."""

    items: tuple[ChangeView, ...]
    next_cursor: str
    """Send it as `since` for later changes; never null, and unchanged while there are none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionResult:
    """What a decision changed."""

    decision_id: str
    changes: tuple[ChangeView, ...]
    """As in the list of changes; the decision itself comes first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionView:
    """An editor's decision, or an undo."""

    decision_id: str
    at: datetime
    kind: str
    """As requested, or "undo"."""
    actor: str
    reason: str
    details: Mapping[str, Any]
    """The other fields of the request, such as `event_ids` and `article_ids`; and `headlines`, by
    event id, as they were before the decision."""
    result_event_id: str | None
    """The event into which it moved articles: after a merge the remaining one, after a split the
    new one; null if it moved none."""
    undoes: str | None
    """The decision that an undo reverts; null for other decisions."""
    undone_by: str | None
    """The undo that reverted it; null while it is active."""
    seq: int
    """The last change of this decision."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionPage:
    """A page of decisions."""

    items: tuple[DecisionView, ...]
    next_cursor: str | None
    """Send it as `cursor` for the decisions before these; null on the last page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UncertainPairView:
    """Two articles about which a person should be asked."""

    kind: Literal["event", "merge", "split", "duplicate"]
    """What to ask: `event`, whether they report the same event; `merge`, whether the two events
    belong together that a new article drew into one, each with one of the two articles; `split`,
    whether two blocks of an event are one, each with one of the two articles; `duplicate`, whether
    they are near-duplicates. Answers are decisions of kind `same_event` or `keep_apart`; of
    `duplicate`, `duplicate` or `not_duplicate`."""
    article_ids: tuple[str, str]
    event_ids: tuple[str, str]
    """The events they are in; equal if they are in one event."""
    together: bool
    """Whether they are in one event now."""
    probability: float
    """Probability that they report the same event, when they were compared. Of `merge`, on average
    between the two events; of `split`, pooled between the two blocks; of `duplicate`, the score of
    the near-duplicates."""
    articles_moved: int
    """Articles that would at least leave their event if the answer contradicts the current
    assignment."""
    cause_id: str | None
    """Of `merge`, the article that drew the two events together."""
    published_at: datetime
    """When the younger article with a date was published, or received if that date is in the
    future. If neither has a date, when the last article with a date before them was."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewQueuePage:
    """The uncertain pairs of the highest priority."""

    items: tuple[UncertainPairView, ...]
    remaining: int
    """Number of open pairs, including these."""
    answered_today: int
    """Active decisions since midnight (UTC) that are of the kinds of answers, by all editors."""
    threshold: float
    """Event threshold: the probability from which articles are joined into one event."""
    seq: int
    """The newest change that was taken into account: to be sent as `seen` with the answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """A subscription and its progress."""

    id: str
    url: str
    kinds: tuple[
        Literal[
            "article.assigned",
            "article.updated",
            "article.moved",
            "article.removed",
            "articles.retired",
            "article.recalled",
            "store.reclustered",
            "decision.made",
            "decision.undone",
            "event.merged",
            "event.split",
            "group.merged",
            "group.split",
        ],
        ...,
    ]
    """Kinds of changes that are sent; an empty list means all kinds."""
    active: bool
    created_at: datetime
    cursor: str
    """All changes up to this cursor are delivered."""
    backlog: int
    """Number of changes not delivered yet."""
    failures: int
    """Failed attempts since the last success."""
    next_attempt_at: datetime | None
    """Time of the next attempt after a failure."""
    last_attempt_at: datetime | None
    last_status: int | None
    """HTTP status of the last attempt; null if there was no response."""
    last_error: str | None
    """Error of the last attempt; null if it succeeded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookList:
    """All subscriptions, oldest first."""

    items: tuple[Webhook, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookWithSecret:
    """A new subscription. Its secret is not shown again."""

    id: str
    url: str
    kinds: tuple[
        Literal[
            "article.assigned",
            "article.updated",
            "article.moved",
            "article.removed",
            "articles.retired",
            "article.recalled",
            "store.reclustered",
            "decision.made",
            "decision.undone",
            "event.merged",
            "event.split",
            "group.merged",
            "group.split",
        ],
        ...,
    ]
    active: bool
    created_at: datetime
    cursor: str
    backlog: int
    failures: int
    next_attempt_at: datetime | None
    last_attempt_at: datetime | None
    last_status: int | None
    last_error: str | None
    secret: str


@dataclass(frozen=True, slots=True, kw_only=True)
class JsonItem:
    """An event in a JSON Feed."""

    id: str
    """The id of the event."""
    url: str
    title: str
    content_text: str
    date_published: datetime
    """Publication time of its first article."""
    date_modified: datetime
    """Publication time of its newest article."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JsonFeed:
    """A JSON Feed."""

    version: str
    title: str
    description: str
    home_page_url: str
    feed_url: str
    next_url: str | None = None
    """The feed of older events."""
    items: tuple[JsonItem, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ConflictProblem:
    """Why a decision is not possible now."""

    type: str
    title: str
    status: int
    detail: str
    errors: tuple[FieldError, ...] = ()
    decision_id: str | None
    """The newest decision that it contradicts; null if it only relies on outdated data."""
    decisions: tuple[str, ...]
    """All decisions that it contradicts together, newest first. Undo one of them to make it
    possible."""
    changes: tuple[ChangeView, ...]
    """Changes since `seen`; at most 100."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """An error of a request, or of one line of a batch."""

    type: str
    """Address of the explanation."""
    title: str
    status: int
    detail: str
    errors: tuple[FieldError, ...] = ()
    """The invalid fields and the reasons; empty if the error concerns no single field."""


def _quoted(identifier: str) -> str:
    """Return an id as a part of a path, in which two dots would lead upwards."""
    return quote(identifier, safe="").replace(".", "%2E")


class Requests:
    """Sends requests; the client implements it."""

    def _send(
        self,
        method: str,
        path: str,
        answer: Any,
        *,
        query: Mapping[str, Any] | None = None,
        body: object = None,
        headers: Mapping[str, str] | None = None,
        is_repeatable: bool = True,
    ) -> Any:
        raise NotImplementedError

    def _stream(self, method: str, path: str, answer: Any) -> Iterator[Any]:
        raise NotImplementedError


class Operations(Requests):
    """A method for each call of the API."""

    def post_article(
        self, article: Mapping[str, Any], *, dry_run: bool | None = None
    ) -> IngestResult:
        """Store one article.

        The response is sent after the article is on disk. Posting the same article again gives
        `unchanged`; with other content it is a new version, and gives `updated`. Objects of
        news-please, Fundus, newspaper4k, trafilatura, feedparser, Media Cloud, Event Registry and
        schema.org are accepted as they are; `aliases` in the response lists the fields that were
        read under other names.
        """
        answer: IngestResult = self._send(
            "POST", "/v1/articles", IngestResult, query={"dry_run": dry_run}, body=article
        )
        return answer

    def get_articles(
        self,
        *,
        url: str | None = None,
        event: str | None = None,
        source: str | None = None,
        since: datetime | date | str | None = None,
        until: datetime | date | str | None = None,
        q: str | None = None,
        cursor: int | None = None,
        limit: int | None = None,
    ) -> ArticlePage:
        """Articles, those received last first.

        To ask whether an article is stored, send its address as `url`.
        """
        answer: ArticlePage = self._send(
            "GET",
            "/v1/articles",
            ArticlePage,
            query={
                "url": url,
                "event": event,
                "source": source,
                "since": since,
                "until": until,
                "q": q,
                "cursor": cursor,
                "limit": limit,
            },
        )
        return answer

    def delete_articles(
        self,
        *,
        source: str | None = None,
        before: datetime | date | str | None = None,
        url: str | None = None,
        confirm: int | None = None,
    ) -> RemovalResult:
        """Remove all articles that match.

        The first call removes nothing: it counts the articles in `matching`. Sent again with that
        number as `confirm`, it removes them, unless others match by then.
        """
        answer: RemovalResult = self._send(
            "DELETE",
            "/v1/articles",
            RemovalResult,
            query={"source": source, "before": before, "url": url, "confirm": confirm},
        )
        return answer

    def post_miniflux(
        self, body: Mapping[str, Any] | bytes, miniflux_signature: str
    ) -> tuple[IngestResult | LineProblem, ...]:
        """Store the entries of a Miniflux webhook.

        The address to enter as a webhook of the feed reader Miniflux; set its secret as
        `STORYFOLD_MINIFLUX_SECRET`. Both its events, `new_entries` and `save_entry`, are accepted;
        an entry is identified by its URL. No token is needed: the signature authenticates the
        request.
        """
        answer: tuple[IngestResult | LineProblem, ...] = self._send(
            "POST",
            "/v1/articles/miniflux",
            tuple[IngestResult | LineProblem, ...],
            body=body,
            headers={"X-Miniflux-Signature": miniflux_signature},
        )
        return answer

    def get_article(self, article_id: str) -> ArticleView:
        """An article and its assignment."""
        answer: ArticleView = self._send("GET", f"/v1/articles/{_quoted(article_id)}", ArticleView)
        return answer

    def put_article(
        self, article_id: str, article: Mapping[str, Any], *, dry_run: bool | None = None
    ) -> IngestResult:
        """Take in or replace the article with this id.

        The body need not repeat the id; another than that of the path is refused.
        """
        answer: IngestResult = self._send(
            "PUT",
            f"/v1/articles/{_quoted(article_id)}",
            IngestResult,
            query={"dry_run": dry_run},
            body=article,
        )
        return answer

    def delete_article(self, article_id: str) -> None:
        """Remove an article.

        Its versions are removed too. Posted again, it is a new article.
        """
        self._send("DELETE", f"/v1/articles/{_quoted(article_id)}", None)

    def get_versions(
        self, article_id: str, *, cursor: int | None = None, limit: int | None = None
    ) -> VersionPage:
        """The versions of an article.

        Every version that was posted, newest first. Posting an unchanged article creates no
        version.
        """
        answer: VersionPage = self._send(
            "GET",
            f"/v1/articles/{_quoted(article_id)}/versions",
            VersionPage,
            query={"cursor": cursor, "limit": limit},
        )
        return answer

    def get_search(
        self,
        *,
        q: str,
        source: str | None = None,
        since: datetime | date | str | None = None,
        until: datetime | date | str | None = None,
        cursor: int | None = None,
        limit: int | None = None,
    ) -> SearchPage:
        """Search titles and texts.

        Finds whole words in any script, without regard to case and accents. The counts end at 1,000
        articles, the articles are those received last; in titles and passages, the found words are
        marked.
        """
        answer: SearchPage = self._send(
            "GET",
            "/v1/search",
            SearchPage,
            query={
                "q": q,
                "source": source,
                "since": since,
                "until": until,
                "cursor": cursor,
                "limit": limit,
            },
        )
        return answer

    def get_sources(self) -> SourceList:
        """Sources of the stored articles.

        Each with its number of articles, copies included.
        """
        answer: SourceList = self._send("GET", "/v1/sources", SourceList)
        return answer

    def get_similar(
        self, *, article_id: str | None = None, title: str | None = None, text: str | None = None
    ) -> SimilarResult:
        """Near-duplicates and nearest events of an article or a text.

        Stores nothing. A text is compared as if it arrived now; a retired article is compared with
        nothing, so there is no answer for it.
        """
        answer: SimilarResult = self._send(
            "GET",
            "/v1/similar",
            SimilarResult,
            query={"article_id": article_id, "title": title, "text": text},
        )
        return answer

    def get_events(
        self,
        *,
        since: datetime | date | str | None = None,
        until: datetime | date | str | None = None,
        q: str | None = None,
        source: str | None = None,
        language: str | None = None,
        min_size: int | None = None,
        storyline: str | None = None,
        state: Literal["open", "merged", "empty"] | None = None,
        cursor: str | None = None,
        limit: int | None = None,
        sort: Literal["newest", "rank", "size", "sources"] | None = None,
    ) -> EventPage:
        """Events.

        Ordered by their newest article, or as `sort` asks. `next_cursor` leads to the next page, in
        the same order.
        """
        answer: EventPage = self._send(
            "GET",
            "/v1/events",
            EventPage,
            query={
                "since": since,
                "until": until,
                "q": q,
                "source": source,
                "language": language,
                "min_size": min_size,
                "storyline": storyline,
                "state": state,
                "cursor": cursor,
                "limit": limit,
                "sort": sort,
            },
        )
        return answer

    def get_event(self, event_id: str) -> EventView:
        """An event with its articles."""
        answer: EventView = self._send("GET", f"/v1/events/{_quoted(event_id)}", EventView)
        return answer

    def get_duplicate_group(self, group_id: str) -> GroupView:
        """A duplicate group with its articles.

        Each member has its scores against `duplicate_of`, the canonical article of the group.
        """
        answer: GroupView = self._send(
            "GET", f"/v1/duplicate-groups/{_quoted(group_id)}", GroupView
        )
        return answer

    def get_assignments(self) -> Iterator[AssignmentItem]:
        """Every current assignment.

        One line per article, oldest first; all lines show the same moment.
        """
        return self._stream("GET", "/v1/assignments", AssignmentItem)

    def get_changes(
        self, *, since: int | None = None, limit: int | None = None, wait: float | None = None
    ) -> ChangePage:
        """The change log, in order.

        For later changes, ask again with `since` set to `next_cursor`. No change is repeated or
        left out, even while others write. With `wait`, the response comes as soon as something
        changes, or is empty after that time.
        """
        answer: ChangePage = self._send(
            "GET", "/v1/changes", ChangePage, query={"since": since, "limit": limit, "wait": wait}
        )
        return answer

    def post_decision(self, decision: Mapping[str, Any]) -> DecisionResult:
        """Make a decision.

        A decision is binding for everything that is clustered later, until it is undone. The
        response lists all changes that follow from it at once. A decision that contradicts earlier
        ones is refused, and so is one about an event or article that has changed since `seen`.
        """
        answer: DecisionResult = self._send(
            "POST", "/v1/decisions", DecisionResult, body=decision, is_repeatable=False
        )
        return answer

    def get_decisions(
        self,
        *,
        active: bool | None = None,
        kind: Literal[
            "merge_events",
            "split_event",
            "move_article",
            "same_event",
            "keep_apart",
            "duplicate",
            "not_duplicate",
            "lock_event",
            "unlock_event",
            "rename_event",
            "set_canonical",
            "undo",
        ]
        | None = None,
        actor: str | None = None,
        cursor: int | None = None,
        limit: int | None = None,
    ) -> DecisionPage:
        """Editors' decisions.

        Newest first; undos are decisions too.
        """
        answer: DecisionPage = self._send(
            "GET",
            "/v1/decisions",
            DecisionPage,
            query={
                "active": active,
                "kind": kind,
                "actor": actor,
                "cursor": cursor,
                "limit": limit,
            },
        )
        return answer

    def get_decision(self, decision_id: str) -> DecisionView:
        """A decision."""
        answer: DecisionView = self._send(
            "GET", f"/v1/decisions/{_quoted(decision_id)}", DecisionView
        )
        return answer

    def undo_decision(
        self, decision_id: str, undo: Mapping[str, Any] | None = None
    ) -> DecisionResult:
        """Undo a decision.

        Any active decision, not only the last one. Articles that it moved go back, except where
        something else has changed since; those are clustered again.
        """
        answer: DecisionResult = self._send(
            "POST",
            f"/v1/decisions/{_quoted(decision_id)}/undo",
            DecisionResult,
            body=undo,
            is_repeatable=False,
        )
        return answer

    def get_review_queue(self, *, limit: int | None = None) -> ReviewQueuePage:
        """The uncertain pairs, most useful first.

        Pairs of articles with a probability near the event threshold. Answer a pair by a decision:
        `same_event` or `keep_apart`. Pairs that are settled by decisions, or by what follows from
        them, are left out.
        """
        answer: ReviewQueuePage = self._send(
            "GET", "/v1/review-queue", ReviewQueuePage, query={"limit": limit}
        )
        return answer

    def get_webhooks(self) -> WebhookList:
        """All subscriptions to changes.

        With the progress of each, and the result of its last attempt.
        """
        answer: WebhookList = self._send("GET", "/v1/webhooks", WebhookList)
        return answer

    def post_webhook(self, webhook: Mapping[str, Any]) -> WebhookWithSecret:
        """Subscribe to changes.

        Changes are posted to the URL in order, in batches of up to 100. A batch is sent until the
        response is 2xx: again after 5 seconds, then after twice as long each time, up to an hour.
        Each delivery is signed by the scheme of Standard Webhooks: `webhook-signature` is `v1,` and
        the HMAC-SHA256 in base64 of `webhook-id`, `webhook-timestamp` and the body, joined by dots,
        under the key in the secret. A repeated `webhook-id` is the same batch again. A response of
        410 stops the subscription.
        """
        answer: WebhookWithSecret = self._send(
            "POST", "/v1/webhooks", WebhookWithSecret, body=webhook, is_repeatable=False
        )
        return answer

    def get_webhook(self, webhook_id: str) -> Webhook:
        """A subscription."""
        answer: Webhook = self._send("GET", f"/v1/webhooks/{_quoted(webhook_id)}", Webhook)
        return answer

    def put_webhook(
        self, webhook_id: str, webhook: Mapping[str, Any]
    ) -> WebhookWithSecret | Webhook:
        """Subscribe under this id, or replace the subscription.

        A replaced subscription continues at its position, and keeps its secret unless a new one is
        given.
        """
        answer: WebhookWithSecret | Webhook = self._send(
            "PUT", f"/v1/webhooks/{_quoted(webhook_id)}", WebhookWithSecret | Webhook, body=webhook
        )
        return answer

    def delete_webhook(self, webhook_id: str) -> None:
        """End a subscription."""
        self._send("DELETE", f"/v1/webhooks/{_quoted(webhook_id)}", None)

    def retry_webhook(self, webhook_id: str) -> Webhook:
        """Deliver again now.

        Does not wait for the scheduled attempt, and resumes a stopped subscription.
        """
        answer: Webhook = self._send("POST", f"/v1/webhooks/{_quoted(webhook_id)}/retry", Webhook)
        return answer

    def get_events_rss(
        self,
        *,
        since: datetime | date | str | None = None,
        until: datetime | date | str | None = None,
        q: str | None = None,
        source: str | None = None,
        language: str | None = None,
        min_size: int | None = None,
        storyline: str | None = None,
        state: Literal["open", "merged", "empty"] | None = None,
        cursor: str | None = None,
        limit: int | None = None,
        sort: Literal["newest", "rank", "size", "sources"] | None = None,
    ) -> str:
        """Events as RSS.

        With the filters and orders of `/v1/events`. A token may be sent as a password.
        """
        answer: str = self._send(
            "GET",
            "/feeds/events.rss",
            str,
            query={
                "since": since,
                "until": until,
                "q": q,
                "source": source,
                "language": language,
                "min_size": min_size,
                "storyline": storyline,
                "state": state,
                "cursor": cursor,
                "limit": limit,
                "sort": sort,
            },
        )
        return answer

    def get_events_json_feed(
        self,
        *,
        since: datetime | date | str | None = None,
        until: datetime | date | str | None = None,
        q: str | None = None,
        source: str | None = None,
        language: str | None = None,
        min_size: int | None = None,
        storyline: str | None = None,
        state: Literal["open", "merged", "empty"] | None = None,
        cursor: str | None = None,
        limit: int | None = None,
        sort: Literal["newest", "rank", "size", "sources"] | None = None,
    ) -> JsonFeed:
        """Events as JSON Feed.

        Version 1.1, with the filters of `/v1/events`; `next_url` leads to older events.
        """
        answer: JsonFeed = self._send(
            "GET",
            "/feeds/events.json",
            JsonFeed,
            query={
                "since": since,
                "until": until,
                "q": q,
                "source": source,
                "language": language,
                "min_size": min_size,
                "storyline": storyline,
                "state": state,
                "cursor": cursor,
                "limit": limit,
                "sort": sort,
            },
        )
        return answer

    def get_articles_rss(
        self,
        *,
        url: str | None = None,
        event: str | None = None,
        source: str | None = None,
        since: datetime | date | str | None = None,
        until: datetime | date | str | None = None,
        q: str | None = None,
        cursor: int | None = None,
        limit: int | None = None,
    ) -> str:
        """Articles as RSS.

        With the filters of `/v1/articles`: `event` makes a feed of one event.
        """
        answer: str = self._send(
            "GET",
            "/feeds/articles.rss",
            str,
            query={
                "url": url,
                "event": event,
                "source": source,
                "since": since,
                "until": until,
                "q": q,
                "cursor": cursor,
                "limit": limit,
            },
        )
        return answer

    def get_sources_csv(self) -> str:
        """Sources as a table.

        As `/feeds/events.csv`, with the fields of `/v1/sources`.
        """
        answer: str = self._send("GET", "/feeds/sources.csv", str)
        return answer

    def get_decisions_csv(
        self,
        *,
        active: bool | None = None,
        kind: Literal[
            "merge_events",
            "split_event",
            "move_article",
            "same_event",
            "keep_apart",
            "duplicate",
            "not_duplicate",
            "lock_event",
            "unlock_event",
            "rename_event",
            "set_canonical",
            "undo",
        ]
        | None = None,
        actor: str | None = None,
        cursor: int | None = None,
        limit: int | None = None,
    ) -> str:
        """Editors' decisions as a table.

        As `/feeds/events.csv`, with the filters of `/v1/decisions`.
        """
        answer: str = self._send(
            "GET",
            "/feeds/decisions.csv",
            str,
            query={
                "active": active,
                "kind": kind,
                "actor": actor,
                "cursor": cursor,
                "limit": limit,
            },
        )
        return answer

    def get_decisions_rss(
        self,
        *,
        active: bool | None = None,
        kind: Literal[
            "merge_events",
            "split_event",
            "move_article",
            "same_event",
            "keep_apart",
            "duplicate",
            "not_duplicate",
            "lock_event",
            "unlock_event",
            "rename_event",
            "set_canonical",
            "undo",
        ]
        | None = None,
        actor: str | None = None,
        cursor: int | None = None,
        limit: int | None = None,
    ) -> str:
        """Editors' decisions as RSS.

        What editors decided, in a sentence each, with the filters of `/v1/decisions`.
        """
        answer: str = self._send(
            "GET",
            "/feeds/decisions.rss",
            str,
            query={
                "active": active,
                "kind": kind,
                "actor": actor,
                "cursor": cursor,
                "limit": limit,
            },
        )
        return answer

    def get_review_queue_csv(self, *, limit: int | None = None) -> str:
        """The uncertain pairs as a table.

        As `/feeds/events.csv`, with the pairs of `/v1/review-queue` and the titles of their
        articles.
        """
        answer: str = self._send("GET", "/feeds/review-queue.csv", str, query={"limit": limit})
        return answer

    def get_review_queue_rss(self, *, limit: int | None = None) -> str:
        """The uncertain pairs as RSS.

        The pairs of `/v1/review-queue`, each with its question. Answered pairs leave the feed.
        """
        answer: str = self._send("GET", "/feeds/review-queue.rss", str, query={"limit": limit})
        return answer

    def get_articles_csv(
        self,
        *,
        url: str | None = None,
        event: str | None = None,
        source: str | None = None,
        since: datetime | date | str | None = None,
        until: datetime | date | str | None = None,
        q: str | None = None,
        cursor: int | None = None,
        limit: int | None = None,
    ) -> str:
        """Articles as a table.

        As `/feeds/events.csv`, with the filters of `/v1/articles`.
        """
        answer: str = self._send(
            "GET",
            "/feeds/articles.csv",
            str,
            query={
                "url": url,
                "event": event,
                "source": source,
                "since": since,
                "until": until,
                "q": q,
                "cursor": cursor,
                "limit": limit,
            },
        )
        return answer

    def get_events_csv(
        self,
        *,
        since: datetime | date | str | None = None,
        until: datetime | date | str | None = None,
        q: str | None = None,
        source: str | None = None,
        language: str | None = None,
        min_size: int | None = None,
        storyline: str | None = None,
        state: Literal["open", "merged", "empty"] | None = None,
        cursor: str | None = None,
        limit: int | None = None,
        sort: Literal["newest", "rank", "size", "sources"] | None = None,
    ) -> str:
        """Events as a table.

        CSV in UTF-8 with a byte order mark, as spreadsheets open it, with the filters of
        `/v1/events`. Cells that a spreadsheet would take for a formula begin with an apostrophe.
        """
        answer: str = self._send(
            "GET",
            "/feeds/events.csv",
            str,
            query={
                "since": since,
                "until": until,
                "q": q,
                "source": source,
                "language": language,
                "min_size": min_size,
                "storyline": storyline,
                "state": state,
                "cursor": cursor,
                "limit": limit,
                "sort": sort,
            },
        )
        return answer

    def get_health(self) -> Mapping[str, str]:
        """Whether the process answers."""
        answer: Mapping[str, str] = self._send("GET", "/healthz", Mapping[str, str])
        return answer

    def get_readiness(self) -> Mapping[str, str]:
        """Whether articles can be stored.

        Reading is possible before that.
        """
        answer: Mapping[str, str] = self._send("GET", "/readyz", Mapping[str, str])
        return answer

    def get_metrics(self) -> str:
        """Metrics for Prometheus."""
        answer: str = self._send("GET", "/metrics", str)
        return answer


class AsyncRequests:
    """Sends requests; the client implements it."""

    async def _send(
        self,
        method: str,
        path: str,
        answer: Any,
        *,
        query: Mapping[str, Any] | None = None,
        body: object = None,
        headers: Mapping[str, str] | None = None,
        is_repeatable: bool = True,
    ) -> Any:
        raise NotImplementedError

    def _stream(self, method: str, path: str, answer: Any) -> AsyncIterator[Any]:
        raise NotImplementedError


class AsyncOperations(AsyncRequests):
    """A method for each call of the API."""

    async def post_article(
        self, article: Mapping[str, Any], *, dry_run: bool | None = None
    ) -> IngestResult:
        """Store one article.

        The response is sent after the article is on disk. Posting the same article again gives
        `unchanged`; with other content it is a new version, and gives `updated`. Objects of
        news-please, Fundus, newspaper4k, trafilatura, feedparser, Media Cloud, Event Registry and
        schema.org are accepted as they are; `aliases` in the response lists the fields that were
        read under other names.
        """
        answer: IngestResult = await self._send(
            "POST", "/v1/articles", IngestResult, query={"dry_run": dry_run}, body=article
        )
        return answer

    async def get_articles(
        self,
        *,
        url: str | None = None,
        event: str | None = None,
        source: str | None = None,
        since: datetime | date | str | None = None,
        until: datetime | date | str | None = None,
        q: str | None = None,
        cursor: int | None = None,
        limit: int | None = None,
    ) -> ArticlePage:
        """Articles, those received last first.

        To ask whether an article is stored, send its address as `url`.
        """
        answer: ArticlePage = await self._send(
            "GET",
            "/v1/articles",
            ArticlePage,
            query={
                "url": url,
                "event": event,
                "source": source,
                "since": since,
                "until": until,
                "q": q,
                "cursor": cursor,
                "limit": limit,
            },
        )
        return answer

    async def delete_articles(
        self,
        *,
        source: str | None = None,
        before: datetime | date | str | None = None,
        url: str | None = None,
        confirm: int | None = None,
    ) -> RemovalResult:
        """Remove all articles that match.

        The first call removes nothing: it counts the articles in `matching`. Sent again with that
        number as `confirm`, it removes them, unless others match by then.
        """
        answer: RemovalResult = await self._send(
            "DELETE",
            "/v1/articles",
            RemovalResult,
            query={"source": source, "before": before, "url": url, "confirm": confirm},
        )
        return answer

    async def post_miniflux(
        self, body: Mapping[str, Any] | bytes, miniflux_signature: str
    ) -> tuple[IngestResult | LineProblem, ...]:
        """Store the entries of a Miniflux webhook.

        The address to enter as a webhook of the feed reader Miniflux; set its secret as
        `STORYFOLD_MINIFLUX_SECRET`. Both its events, `new_entries` and `save_entry`, are accepted;
        an entry is identified by its URL. No token is needed: the signature authenticates the
        request.
        """
        answer: tuple[IngestResult | LineProblem, ...] = await self._send(
            "POST",
            "/v1/articles/miniflux",
            tuple[IngestResult | LineProblem, ...],
            body=body,
            headers={"X-Miniflux-Signature": miniflux_signature},
        )
        return answer

    async def get_article(self, article_id: str) -> ArticleView:
        """An article and its assignment."""
        answer: ArticleView = await self._send(
            "GET", f"/v1/articles/{_quoted(article_id)}", ArticleView
        )
        return answer

    async def put_article(
        self, article_id: str, article: Mapping[str, Any], *, dry_run: bool | None = None
    ) -> IngestResult:
        """Take in or replace the article with this id.

        The body need not repeat the id; another than that of the path is refused.
        """
        answer: IngestResult = await self._send(
            "PUT",
            f"/v1/articles/{_quoted(article_id)}",
            IngestResult,
            query={"dry_run": dry_run},
            body=article,
        )
        return answer

    async def delete_article(self, article_id: str) -> None:
        """Remove an article.

        Its versions are removed too. Posted again, it is a new article.
        """
        await self._send("DELETE", f"/v1/articles/{_quoted(article_id)}", None)

    async def get_versions(
        self, article_id: str, *, cursor: int | None = None, limit: int | None = None
    ) -> VersionPage:
        """The versions of an article.

        Every version that was posted, newest first. Posting an unchanged article creates no
        version.
        """
        answer: VersionPage = await self._send(
            "GET",
            f"/v1/articles/{_quoted(article_id)}/versions",
            VersionPage,
            query={"cursor": cursor, "limit": limit},
        )
        return answer

    async def get_search(
        self,
        *,
        q: str,
        source: str | None = None,
        since: datetime | date | str | None = None,
        until: datetime | date | str | None = None,
        cursor: int | None = None,
        limit: int | None = None,
    ) -> SearchPage:
        """Search titles and texts.

        Finds whole words in any script, without regard to case and accents. The counts end at 1,000
        articles, the articles are those received last; in titles and passages, the found words are
        marked.
        """
        answer: SearchPage = await self._send(
            "GET",
            "/v1/search",
            SearchPage,
            query={
                "q": q,
                "source": source,
                "since": since,
                "until": until,
                "cursor": cursor,
                "limit": limit,
            },
        )
        return answer

    async def get_sources(self) -> SourceList:
        """Sources of the stored articles.

        Each with its number of articles, copies included.
        """
        answer: SourceList = await self._send("GET", "/v1/sources", SourceList)
        return answer

    async def get_similar(
        self, *, article_id: str | None = None, title: str | None = None, text: str | None = None
    ) -> SimilarResult:
        """Near-duplicates and nearest events of an article or a text.

        Stores nothing. A text is compared as if it arrived now; a retired article is compared with
        nothing, so there is no answer for it.
        """
        answer: SimilarResult = await self._send(
            "GET",
            "/v1/similar",
            SimilarResult,
            query={"article_id": article_id, "title": title, "text": text},
        )
        return answer

    async def get_events(
        self,
        *,
        since: datetime | date | str | None = None,
        until: datetime | date | str | None = None,
        q: str | None = None,
        source: str | None = None,
        language: str | None = None,
        min_size: int | None = None,
        storyline: str | None = None,
        state: Literal["open", "merged", "empty"] | None = None,
        cursor: str | None = None,
        limit: int | None = None,
        sort: Literal["newest", "rank", "size", "sources"] | None = None,
    ) -> EventPage:
        """Events.

        Ordered by their newest article, or as `sort` asks. `next_cursor` leads to the next page, in
        the same order.
        """
        answer: EventPage = await self._send(
            "GET",
            "/v1/events",
            EventPage,
            query={
                "since": since,
                "until": until,
                "q": q,
                "source": source,
                "language": language,
                "min_size": min_size,
                "storyline": storyline,
                "state": state,
                "cursor": cursor,
                "limit": limit,
                "sort": sort,
            },
        )
        return answer

    async def get_event(self, event_id: str) -> EventView:
        """An event with its articles."""
        answer: EventView = await self._send("GET", f"/v1/events/{_quoted(event_id)}", EventView)
        return answer

    async def get_duplicate_group(self, group_id: str) -> GroupView:
        """A duplicate group with its articles.

        Each member has its scores against `duplicate_of`, the canonical article of the group.
        """
        answer: GroupView = await self._send(
            "GET", f"/v1/duplicate-groups/{_quoted(group_id)}", GroupView
        )
        return answer

    def get_assignments(self) -> AsyncIterator[AssignmentItem]:
        """Every current assignment.

        One line per article, oldest first; all lines show the same moment.
        """
        return self._stream("GET", "/v1/assignments", AssignmentItem)

    async def get_changes(
        self, *, since: int | None = None, limit: int | None = None, wait: float | None = None
    ) -> ChangePage:
        """The change log, in order.

        For later changes, ask again with `since` set to `next_cursor`. No change is repeated or
        left out, even while others write. With `wait`, the response comes as soon as something
        changes, or is empty after that time.
        """
        answer: ChangePage = await self._send(
            "GET", "/v1/changes", ChangePage, query={"since": since, "limit": limit, "wait": wait}
        )
        return answer

    async def post_decision(self, decision: Mapping[str, Any]) -> DecisionResult:
        """Make a decision.

        A decision is binding for everything that is clustered later, until it is undone. The
        response lists all changes that follow from it at once. A decision that contradicts earlier
        ones is refused, and so is one about an event or article that has changed since `seen`.
        """
        answer: DecisionResult = await self._send(
            "POST", "/v1/decisions", DecisionResult, body=decision, is_repeatable=False
        )
        return answer

    async def get_decisions(
        self,
        *,
        active: bool | None = None,
        kind: Literal[
            "merge_events",
            "split_event",
            "move_article",
            "same_event",
            "keep_apart",
            "duplicate",
            "not_duplicate",
            "lock_event",
            "unlock_event",
            "rename_event",
            "set_canonical",
            "undo",
        ]
        | None = None,
        actor: str | None = None,
        cursor: int | None = None,
        limit: int | None = None,
    ) -> DecisionPage:
        """Editors' decisions.

        Newest first; undos are decisions too.
        """
        answer: DecisionPage = await self._send(
            "GET",
            "/v1/decisions",
            DecisionPage,
            query={
                "active": active,
                "kind": kind,
                "actor": actor,
                "cursor": cursor,
                "limit": limit,
            },
        )
        return answer

    async def get_decision(self, decision_id: str) -> DecisionView:
        """A decision."""
        answer: DecisionView = await self._send(
            "GET", f"/v1/decisions/{_quoted(decision_id)}", DecisionView
        )
        return answer

    async def undo_decision(
        self, decision_id: str, undo: Mapping[str, Any] | None = None
    ) -> DecisionResult:
        """Undo a decision.

        Any active decision, not only the last one. Articles that it moved go back, except where
        something else has changed since; those are clustered again.
        """
        answer: DecisionResult = await self._send(
            "POST",
            f"/v1/decisions/{_quoted(decision_id)}/undo",
            DecisionResult,
            body=undo,
            is_repeatable=False,
        )
        return answer

    async def get_review_queue(self, *, limit: int | None = None) -> ReviewQueuePage:
        """The uncertain pairs, most useful first.

        Pairs of articles with a probability near the event threshold. Answer a pair by a decision:
        `same_event` or `keep_apart`. Pairs that are settled by decisions, or by what follows from
        them, are left out.
        """
        answer: ReviewQueuePage = await self._send(
            "GET", "/v1/review-queue", ReviewQueuePage, query={"limit": limit}
        )
        return answer

    async def get_webhooks(self) -> WebhookList:
        """All subscriptions to changes.

        With the progress of each, and the result of its last attempt.
        """
        answer: WebhookList = await self._send("GET", "/v1/webhooks", WebhookList)
        return answer

    async def post_webhook(self, webhook: Mapping[str, Any]) -> WebhookWithSecret:
        """Subscribe to changes.

        Changes are posted to the URL in order, in batches of up to 100. A batch is sent until the
        response is 2xx: again after 5 seconds, then after twice as long each time, up to an hour.
        Each delivery is signed by the scheme of Standard Webhooks: `webhook-signature` is `v1,` and
        the HMAC-SHA256 in base64 of `webhook-id`, `webhook-timestamp` and the body, joined by dots,
        under the key in the secret. A repeated `webhook-id` is the same batch again. A response of
        410 stops the subscription.
        """
        answer: WebhookWithSecret = await self._send(
            "POST", "/v1/webhooks", WebhookWithSecret, body=webhook, is_repeatable=False
        )
        return answer

    async def get_webhook(self, webhook_id: str) -> Webhook:
        """A subscription."""
        answer: Webhook = await self._send("GET", f"/v1/webhooks/{_quoted(webhook_id)}", Webhook)
        return answer

    async def put_webhook(
        self, webhook_id: str, webhook: Mapping[str, Any]
    ) -> WebhookWithSecret | Webhook:
        """Subscribe under this id, or replace the subscription.

        A replaced subscription continues at its position, and keeps its secret unless a new one is
        given.
        """
        answer: WebhookWithSecret | Webhook = await self._send(
            "PUT", f"/v1/webhooks/{_quoted(webhook_id)}", WebhookWithSecret | Webhook, body=webhook
        )
        return answer

    async def delete_webhook(self, webhook_id: str) -> None:
        """End a subscription."""
        await self._send("DELETE", f"/v1/webhooks/{_quoted(webhook_id)}", None)

    async def retry_webhook(self, webhook_id: str) -> Webhook:
        """Deliver again now.

        Does not wait for the scheduled attempt, and resumes a stopped subscription.
        """
        answer: Webhook = await self._send(
            "POST", f"/v1/webhooks/{_quoted(webhook_id)}/retry", Webhook
        )
        return answer

    async def get_events_rss(
        self,
        *,
        since: datetime | date | str | None = None,
        until: datetime | date | str | None = None,
        q: str | None = None,
        source: str | None = None,
        language: str | None = None,
        min_size: int | None = None,
        storyline: str | None = None,
        state: Literal["open", "merged", "empty"] | None = None,
        cursor: str | None = None,
        limit: int | None = None,
        sort: Literal["newest", "rank", "size", "sources"] | None = None,
    ) -> str:
        """Events as RSS.

        With the filters and orders of `/v1/events`. A token may be sent as a password.
        """
        answer: str = await self._send(
            "GET",
            "/feeds/events.rss",
            str,
            query={
                "since": since,
                "until": until,
                "q": q,
                "source": source,
                "language": language,
                "min_size": min_size,
                "storyline": storyline,
                "state": state,
                "cursor": cursor,
                "limit": limit,
                "sort": sort,
            },
        )
        return answer

    async def get_events_json_feed(
        self,
        *,
        since: datetime | date | str | None = None,
        until: datetime | date | str | None = None,
        q: str | None = None,
        source: str | None = None,
        language: str | None = None,
        min_size: int | None = None,
        storyline: str | None = None,
        state: Literal["open", "merged", "empty"] | None = None,
        cursor: str | None = None,
        limit: int | None = None,
        sort: Literal["newest", "rank", "size", "sources"] | None = None,
    ) -> JsonFeed:
        """Events as JSON Feed.

        Version 1.1, with the filters of `/v1/events`; `next_url` leads to older events.
        """
        answer: JsonFeed = await self._send(
            "GET",
            "/feeds/events.json",
            JsonFeed,
            query={
                "since": since,
                "until": until,
                "q": q,
                "source": source,
                "language": language,
                "min_size": min_size,
                "storyline": storyline,
                "state": state,
                "cursor": cursor,
                "limit": limit,
                "sort": sort,
            },
        )
        return answer

    async def get_articles_rss(
        self,
        *,
        url: str | None = None,
        event: str | None = None,
        source: str | None = None,
        since: datetime | date | str | None = None,
        until: datetime | date | str | None = None,
        q: str | None = None,
        cursor: int | None = None,
        limit: int | None = None,
    ) -> str:
        """Articles as RSS.

        With the filters of `/v1/articles`: `event` makes a feed of one event.
        """
        answer: str = await self._send(
            "GET",
            "/feeds/articles.rss",
            str,
            query={
                "url": url,
                "event": event,
                "source": source,
                "since": since,
                "until": until,
                "q": q,
                "cursor": cursor,
                "limit": limit,
            },
        )
        return answer

    async def get_sources_csv(self) -> str:
        """Sources as a table.

        As `/feeds/events.csv`, with the fields of `/v1/sources`.
        """
        answer: str = await self._send("GET", "/feeds/sources.csv", str)
        return answer

    async def get_decisions_csv(
        self,
        *,
        active: bool | None = None,
        kind: Literal[
            "merge_events",
            "split_event",
            "move_article",
            "same_event",
            "keep_apart",
            "duplicate",
            "not_duplicate",
            "lock_event",
            "unlock_event",
            "rename_event",
            "set_canonical",
            "undo",
        ]
        | None = None,
        actor: str | None = None,
        cursor: int | None = None,
        limit: int | None = None,
    ) -> str:
        """Editors' decisions as a table.

        As `/feeds/events.csv`, with the filters of `/v1/decisions`.
        """
        answer: str = await self._send(
            "GET",
            "/feeds/decisions.csv",
            str,
            query={
                "active": active,
                "kind": kind,
                "actor": actor,
                "cursor": cursor,
                "limit": limit,
            },
        )
        return answer

    async def get_decisions_rss(
        self,
        *,
        active: bool | None = None,
        kind: Literal[
            "merge_events",
            "split_event",
            "move_article",
            "same_event",
            "keep_apart",
            "duplicate",
            "not_duplicate",
            "lock_event",
            "unlock_event",
            "rename_event",
            "set_canonical",
            "undo",
        ]
        | None = None,
        actor: str | None = None,
        cursor: int | None = None,
        limit: int | None = None,
    ) -> str:
        """Editors' decisions as RSS.

        What editors decided, in a sentence each, with the filters of `/v1/decisions`.
        """
        answer: str = await self._send(
            "GET",
            "/feeds/decisions.rss",
            str,
            query={
                "active": active,
                "kind": kind,
                "actor": actor,
                "cursor": cursor,
                "limit": limit,
            },
        )
        return answer

    async def get_review_queue_csv(self, *, limit: int | None = None) -> str:
        """The uncertain pairs as a table.

        As `/feeds/events.csv`, with the pairs of `/v1/review-queue` and the titles of their
        articles.
        """
        answer: str = await self._send(
            "GET", "/feeds/review-queue.csv", str, query={"limit": limit}
        )
        return answer

    async def get_review_queue_rss(self, *, limit: int | None = None) -> str:
        """The uncertain pairs as RSS.

        The pairs of `/v1/review-queue`, each with its question. Answered pairs leave the feed.
        """
        answer: str = await self._send(
            "GET", "/feeds/review-queue.rss", str, query={"limit": limit}
        )
        return answer

    async def get_articles_csv(
        self,
        *,
        url: str | None = None,
        event: str | None = None,
        source: str | None = None,
        since: datetime | date | str | None = None,
        until: datetime | date | str | None = None,
        q: str | None = None,
        cursor: int | None = None,
        limit: int | None = None,
    ) -> str:
        """Articles as a table.

        As `/feeds/events.csv`, with the filters of `/v1/articles`.
        """
        answer: str = await self._send(
            "GET",
            "/feeds/articles.csv",
            str,
            query={
                "url": url,
                "event": event,
                "source": source,
                "since": since,
                "until": until,
                "q": q,
                "cursor": cursor,
                "limit": limit,
            },
        )
        return answer

    async def get_events_csv(
        self,
        *,
        since: datetime | date | str | None = None,
        until: datetime | date | str | None = None,
        q: str | None = None,
        source: str | None = None,
        language: str | None = None,
        min_size: int | None = None,
        storyline: str | None = None,
        state: Literal["open", "merged", "empty"] | None = None,
        cursor: str | None = None,
        limit: int | None = None,
        sort: Literal["newest", "rank", "size", "sources"] | None = None,
    ) -> str:
        """Events as a table.

        CSV in UTF-8 with a byte order mark, as spreadsheets open it, with the filters of
        `/v1/events`. Cells that a spreadsheet would take for a formula begin with an apostrophe.
        """
        answer: str = await self._send(
            "GET",
            "/feeds/events.csv",
            str,
            query={
                "since": since,
                "until": until,
                "q": q,
                "source": source,
                "language": language,
                "min_size": min_size,
                "storyline": storyline,
                "state": state,
                "cursor": cursor,
                "limit": limit,
                "sort": sort,
            },
        )
        return answer

    async def get_health(self) -> Mapping[str, str]:
        """Whether the process answers."""
        answer: Mapping[str, str] = await self._send("GET", "/healthz", Mapping[str, str])
        return answer

    async def get_readiness(self) -> Mapping[str, str]:
        """Whether articles can be stored.

        Reading is possible before that.
        """
        answer: Mapping[str, str] = await self._send("GET", "/readyz", Mapping[str, str])
        return answer

    async def get_metrics(self) -> str:
        """Metrics for Prometheus."""
        answer: str = await self._send("GET", "/metrics", str)
        return answer
