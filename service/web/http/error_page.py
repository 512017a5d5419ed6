"""Errors as HTML pages."""

from __future__ import annotations

from flask import Response, render_template
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as WerkzeugResponse

from service.web.http import errors


def render_error_page(
    error: Exception, template: str = "admin/error.html", **context: object
) -> WerkzeugResponse:
    """Render an exception as a page, with the status and the text that the API gives.

    Parameters
    ----------
    error : Exception
    template : str
        It gets the error as `problem`.
    **context
        Further variables of the template.

    Returns
    -------
    werkzeug.wrappers.Response
        Headers of an HTTP exception, such as `Allow`, are kept.
    """
    problem = errors.problem_from_exception(error)
    response = error.get_response() if isinstance(error, HTTPException) else Response()
    response.status_code = problem.status
    response.mimetype = "text/html"
    response.set_data(render_template(template, problem=problem, **context))
    return response
