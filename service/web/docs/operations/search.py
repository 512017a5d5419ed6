"""The operations that find articles: by their words, or by what they are like."""

from __future__ import annotations

from typing import Final

from service import queries
from service.common.media_types import JSON
from service.review.similar import SimilarResult
from service.web.docs.operations.types import Content, Operation, SuccessResponse
from service.web.http.query_params import SearchQuery, SimilarQuery

OPERATIONS: Final = (
    Operation(
        operation_id="getSearch",
        method="GET",
        path="/v1/search",
        summary="Search titles and texts",
        description="Finds whole words in any script, without regard to case and accents. The"
        " counts end at 1,000 articles, the articles are those received last; in titles and"
        " passages, the found words are marked.",
        query_model=SearchQuery,
        example_query="?q=harbour+OR+port+-storm",
        responses={
            200: SuccessResponse("A page of articles.", (Content(JSON, queries.SearchPage),))
        },
        error_statuses=(422,),
    ),
    Operation(
        operation_id="getSources",
        method="GET",
        path="/v1/sources",
        summary="Sources of the stored articles",
        description="Each with its number of articles, copies included.",
        responses={
            200: SuccessResponse(
                "Those with the most articles first; 1,000 at most.",
                (Content(JSON, queries.SourceList),),
            )
        },
    ),
    Operation(
        operation_id="getSimilar",
        method="GET",
        path="/v1/similar",
        summary="Near-duplicates and nearest events of an article or a text",
        description="Stores nothing. A text is compared as if it arrived now; a retired article"
        " is compared with nothing, so there is no answer for it.",
        query_model=SimilarQuery,
        example_query="?title=Budget+adopted+at+dawn",
        responses={
            200: SuccessResponse("The most similar first.", (Content(JSON, SimilarResult),))
        },
        error_statuses=(404, 422, 503),
    ),
)
