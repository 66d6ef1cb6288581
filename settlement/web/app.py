"""The application: books read, database open, routes mounted."""

import os
from collections.abc import Mapping

from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException
from werkzeug.exceptions import NotFound as HTTPNotFound

from settlement.desk.location import database_url as database_location
from settlement.errors import Refused, SettlementError
from settlement.roles import Actor
from settlement.rules.library import Books, load_books
from settlement.store.database import Database
from settlement.strict_json import MOST_BYTES
from settlement.web import (
    approvals,
    audit,
    authority,
    case_steps,
    cases,
    decisions,
    delegations,
    diagnosis,
    due,
    entitlements,
    erasure,
    health,
    letters,
    metrics,
    people,
    promises,
    reports,
    rounds,
    suggestions,
)
from settlement.web import books as books_routes
from settlement.web.docs import mount_docs
from settlement.web.meters import RATES, Counts, Meter, Rates
from settlement.web.openapi import openapi_document
from settlement.web.operations import mount
from settlement.web.possible import of_refusal
from settlement.web.problems import log, of_bug, of_error, of_http
from settlement.web.requests import Service

OPERATIONS = (
    *suggestions.OPERATIONS,
    *decisions.OPERATIONS,
    *cases.OPERATIONS,
    *diagnosis.OPERATIONS,
    *case_steps.OPERATIONS,
    *rounds.OPERATIONS,
    *letters.OPERATIONS,
    *approvals.OPERATIONS,
    *authority.OPERATIONS,
    *delegations.OPERATIONS,
    *promises.OPERATIONS,
    *due.OPERATIONS,
    *reports.OPERATIONS,
    *audit.OPERATIONS,
    *erasure.OPERATIONS,
    *entitlements.OPERATIONS,
    *books_routes.OPERATIONS,
    *people.OPERATIONS,
    *health.OPERATIONS,
    *metrics.OPERATIONS,
)


def create_app(
    database_url: str | None = None,
    *,
    demo_actors: Mapping[str, Actor] | None = None,
    books: Books | None = None,
    rates: Rates = RATES,
) -> Flask:
    """The WSGI application over a database that is brought up to date.

    Without a URL: SETTLEMENT_DATABASE_URL, else a file in the user's data folder. `demo_actors` are
    tokens of this process only; `rates` bound how often each token may ask. Raises BadBook for faults
    of the shelf, BadInput for a useless URL.
    """
    shelf = books or load_books()
    for fault in shelf.left_out:
        log.warning("draft left out: %s", fault)
    database = Database.open(database_url or database_location(None, os.environ))
    try:
        database.upgrade()
        database.scrub()  # whoever forgot somebody last may have been killed before they did
    except BaseException:
        database.close()
        raise
    app = Flask("settlement.web", static_folder="assets", static_url_path="/assets", template_folder="pages")
    app.config["MAX_CONTENT_LENGTH"] = MOST_BYTES + 1  # a longer body is cut here, then refused by its length
    meters = Meter(rates.by_token), Meter(rates.by_login), Meter(rates.by_address)
    app.extensions["settlement"] = Service(database, shelf, dict(demo_actors or {}), *meters, Counts())
    app.url_map.strict_slashes, app.url_map.merge_slashes = True, False  # a wrong path is told, not mended
    mount(app, OPERATIONS)
    mount_docs(app, lambda: openapi_document(OPERATIONS, shelf))
    app.register_error_handler(SettlementError, of_error)
    app.register_error_handler(Refused, of_refusal)
    app.register_error_handler(HTTPException, of_http)
    app.register_error_handler(Exception, of_bug)
    app.before_request(_no_such_place)
    app.after_request(_safe_headers)
    app.after_request(metrics.count_answer)
    return app


def _no_such_place() -> None:
    """PostgreSQL keeps no NUL, so nothing has one in its name."""
    if "\0" in request.path:
        raise HTTPNotFound


def _safe_headers(response: Response) -> Response:
    for name, value in _SAFE_HEADERS.items():
        response.headers.setdefault(name, value)  # the pages of documentation set their own policy
    return response


_SAFE_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
"""Strict-Transport-Security is for the proxy that ends TLS."""
