"""POST /v1/entitlements/{pack}: what a published table gives for these facts."""

import json
from datetime import UTC, datetime
from typing import Annotated, Any

from flask import Response, request
from pydantic import BaseModel, ConfigDict, Field

from settlement.complaint import Fact, validated
from settlement.decision.answer import BookRef, Part
from settlement.desk.entitlements import entitle, find_entitlement, in_words
from settlement.desk.idempotency import once
from settlement.strict_json import read_json
from settlement.web.operations import Operation, Parameter, answer
from settlement.web.requests import Caller, read_body, read_key, read_language, read_query, service
from settlement.web.suggestions import IDEMPOTENCY_KEY


class EntitlementIn(BaseModel):
    """The facts that a pack asks for: amounts as bare texts in its currency, rates in percent."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)
    facts: Annotated[dict[str, Fact], Field(max_length=200)]


class RowShown(Part):
    table: str
    row: str
    text: str


class EntitlementShown(Part):
    """Every published output of the pack stands at top level; null means that the pack does not answer."""

    model_config = ConfigDict(extra="allow", frozen=True)
    amount: str | None
    currency: str
    book: BookRef
    reasons: tuple[RowShown, ...]


def post_entitlement(caller: Caller, pack: str) -> Response:
    """Ask one pack. Nothing is recorded; 422 lists every fault of the facts."""
    read_query()
    key = read_key()
    raw = read_body()
    read_json(raw)
    body, books, language = validated(EntitlementIn, raw), service().books, read_language()

    if key is None:
        return answer(entitle(books, pack, body.facts, language))
    with service().database.transaction() as tx:
        kept = once(
            tx,
            token=caller.token,
            route=f"{request.method} {request.path}",
            key=key,
            body=body.model_dump(mode="json"),
            now=datetime.now(UTC),
            make=lambda: json.dumps(find_entitlement(books, pack, body.facts), ensure_ascii=False),
        )
    found: dict[str, Any] = json.loads(kept)
    return answer(in_words(books, found, language))


OPERATIONS = (
    Operation(
        name="post_entitlement",
        method="POST",
        path="/v1/entitlements/{pack}",
        summary="Ask a published table what it gives",
        handler=post_entitlement,
        body=EntitlementIn,
        parameters=(
            Parameter(
                "pack", "path", {"type": "string", "maxLength": 64}, "The id of a pack, as in GET /v1/books."
            ),
            IDEMPOTENCY_KEY,
        ),
        answers={200: (EntitlementShown,)},
        problems=(400, 401, 403, 404, 409, 413, 415, 422, 503),
    ),
)
