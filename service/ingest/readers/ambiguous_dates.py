"""Read dates that may have day or month first as the other dates of their source show."""

from __future__ import annotations

from service.common import date_order, dates
from service.common.date_order import DateOrder


def resolve(article: dict[str, object], field: str, order: DateOrder | None) -> tuple[str, ...]:
    """Write the date of an article in ISO 8601 if only its source shows how to read it.

    Parameters
    ----------
    article : dict
        Changed in place.
    field : str
        Under which the article has its date, if it has one.
    order : DateOrder or None
        The order that the other dates of the source show.

    Returns
    -------
    tuple of str
        A warning, if the date was written in another way.
    """
    date = article.get(field)
    if order is None or not isinstance(date, str) or dates.read_stored(date) is not None:
        return ()
    written = date_order.rewrite(date, order)
    if dates.read_stored(written) is None:
        return ()
    article[field] = written
    return (f"published_at: read as {written}, as other dates of the source show: {date!r}",)
