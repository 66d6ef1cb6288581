"""/openapi.json, and /docs: the same document as a page, without any asset from elsewhere."""

import re
from collections.abc import Callable
from functools import cache
from typing import Any

from flask import Flask, Response, jsonify, render_template
from markupsafe import Markup, escape

_POLICY = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"


def mount_docs(app: Flask, make: Callable[[], dict[str, Any]]) -> None:
    """Serve the document as JSON and as a page, made when somebody first reads it: that takes a moment."""
    document = cache(make)

    def openapi_json() -> Response:
        return jsonify(document())

    def docs() -> Response:
        page = Response(render_template("docs.html", document=document()), mimetype="text/html")
        page.headers["Content-Security-Policy"] = _POLICY
        return page

    app.add_template_filter(_marked, "marked")
    app.add_url_rule("/openapi.json", "openapi_json", openapi_json)
    app.add_url_rule("/docs", "docs", docs)


def _marked(text: str) -> Markup:
    """A text with its `names` set as code."""
    return Markup(re.sub(r"`([^`]+)`", r"<code>\1</code>", str(escape(text))))
