"""The application: books read, database open, routes mounted."""

import os
from collections.abc import Mapping

from flask import Flask, Response
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import HTTPException

from settlement.desk.location import database_url as database_location
from settlement.errors import SettlementError
from settlement.roles import Actor
from settlement.rules.library import Books, load_books
from settlement.store.database import Database
from settlement.strict_json import MOST_BYTES
from settlement.web import books as books_routes
from settlement.web import decisions, entitlements, health, suggestions
from settlement.web.docs import mount_docs
from settlement.web.openapi import openapi_document
from settlement.web.operations import mount
from settlement.web.problems import log, of_bug, of_error, of_http, problem
from settlement.web.requests import Service

OPERATIONS = (
    *suggestions.OPERATIONS,
    *decisions.OPERATIONS,
    *entitlements.OPERATIONS,
    *books_routes.OPERATIONS,
    *health.OPERATIONS,
)


def create_app(
    database_url: str | None = None,
    *,
    demo_actors: Mapping[str, Actor] | None = None,
    books: Books | None = None,
) -> Flask:
    """The WSGI application over a database that is brought up to date.

    Without a URL: SETTLEMENT_DATABASE_URL, else a file in the user's data folder. `demo_actors` are
    tokens of this process only. Raises BadBook for faults of the shelf, BadInput for a useless URL.
    """
    shelf = books or load_books()
    for fault in shelf.left_out:
        log.warning("draft left out: %s", fault)
    database = Database.open(database_url or database_location(None, os.environ))
    database.upgrade()
    app = Flask("settlement.web", static_folder="assets", static_url_path="/assets", template_folder="pages")
    app.config["MAX_CONTENT_LENGTH"] = MOST_BYTES + 1  # a longer body is cut here, then refused by its length
    app.extensions["settlement"] = Service(database, shelf, dict(demo_actors or {}))
    app.url_map.strict_slashes, app.url_map.merge_slashes = True, False  # a wrong path is told, not mended
    mount(app, OPERATIONS)
    mount_docs(app, openapi_document(OPERATIONS, shelf))
    app.register_error_handler(SettlementError, of_error)
    app.register_error_handler(HTTPException, of_http)
    app.register_error_handler(OperationalError, _busy)
    app.register_error_handler(Exception, of_bug)
    app.after_request(_safe_headers)
    return app


def _busy(error: OperationalError) -> Response:
    if "locked" not in str(error.orig):
        return of_bug(error)
    response = problem(
        503, "busy", "The database is busy", "Nothing was recorded. Send the request again in a moment."
    )
    response.headers["Retry-After"] = "5"
    return response


def _safe_headers(response: Response) -> Response:
    response.headers.setdefault("Cache-Control", "no-store")
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response
