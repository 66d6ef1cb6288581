"""A decision as it is recorded, and back. The digest covers everything but id and time."""

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from settlement.audit import canonical, digest
from settlement.complaint import Complaint
from settlement.decision.answer import Decision
from settlement.decision.approval import Granted
from settlement.decision.phrases import Phrases
from settlement.money import Money, write_money
from settlement.roles import Actor
from settlement.rules.evaluate import LiveEdition
from settlement.rules.library import Books
from settlement.store.decisions import DecisionRecord


def record_of(
    decision: Decision,
    complaint: Complaint,
    granted: Granted,
    settled: Granted | None,
    actor: Actor,
    *,
    decision_id: str,
    now: datetime,
) -> DecisionRecord:
    """Everything that shows and recomputes the decision."""
    output = decision.model_dump(mode="json", by_alias=True)
    trace = output.pop("trace")
    books = [decision.policy.model_dump(), *(_named(pack.model_dump()) for pack in decision.packs)]
    parts = {
        "request": canonical(complaint.model_dump(mode="json")),
        "granted": canonical(_written(granted) | {"settled": settled and _written(settled)}),
        "books": canonical(books),
        "method": decision.method,
        "output": canonical(output),
        "trace": canonical(trace),
    }
    return DecisionRecord(
        id=decision_id,
        recorded_at=now,
        actor=actor.name,
        role=actor.role,
        case_id=complaint.case.id,
        policy=decision.policy.id,
        edition=decision.policy.edition,
        digest=content_digest(parts),
        **parts,
    )


def _named(pack: dict[str, str]) -> dict[str, str]:
    return {name: pack[name] for name in ("id", "edition", "digest")}


_CONTENT = ("request", "granted", "books", "method", "output", "trace")


def content_digest(parts: Mapping[str, str]) -> str:
    """The digest over the parts of a record that make the decision."""
    return digest(canonical({name: parts[name] for name in _CONTENT}))


def decision_of(record: DecisionRecord) -> Decision:
    """The recorded decision."""
    return Decision.model_validate({**json.loads(record.output), "trace": json.loads(record.trace)})


def complaint_of(record: DecisionRecord) -> Complaint:
    return Complaint.model_validate_json(record.request)


def granted_of(record: DecisionRecord) -> Granted:
    """What order and customer had got before."""
    return _read(json.loads(record.granted))


def settled_of(record: DecisionRecord) -> Granted | None:
    """What the same complaint had got in talks before; None in its first talks."""
    settled = json.loads(record.granted)["settled"]
    return settled and _read(settled)


def _written(granted: Granted) -> dict[str, Any]:
    return {"owed": write_money(granted.owed), "goodwill": write_money(granted.goodwill)}


def _read(written: Mapping[str, Any]) -> Granted:
    return Granted(owed=Money.of(**written["owed"]), goodwill=Money.of(**written["goodwill"]))


def books_of(record: DecisionRecord, books: Books) -> tuple[LiveEdition, dict[str, LiveEdition]]:
    """The policy and the packs that the record names by digest. Raises NotFound."""
    policy, *packs = (books.by_digest(book["digest"]) for book in json.loads(record.books))
    return policy, {pack.edition.id: pack for pack in packs}


def phrases_for(decision: Decision, books: Books, language: str) -> Phrases:
    """The texts of the editions that a decision was made by. Raises NotFound."""
    packs: Iterable[LiveEdition] = (books.by_digest(pack.digest) for pack in decision.packs)
    policy = books.by_digest(decision.policy.digest).edition
    return Phrases(policy, {pack.edition.id: pack.edition for pack in packs}, language)
