"""Asking a published table what it gives."""

from collections.abc import Mapping
from typing import Any

from settlement.errors import BadInput
from settlement.rules.examples import currency_of
from settlement.rules.library import Books
from settlement.rules.words import row_text


def entitle(books: Books, pack: str, facts: Mapping[str, Any], language: str) -> dict[str, Any]:
    """Every published output by its name, its currency, the book, and the rows that gave it, in words.

    Raises NotFound, BadInput with every fault placed under /facts, CannotDecide, EnginesDisagree.
    """
    return in_words(books, find_entitlement(books, pack, facts), language)


def find_entitlement(books: Books, pack: str, facts: Mapping[str, Any]) -> dict[str, Any]:
    """The same without texts, as it can be kept and shown in any language. Raises as `entitle`."""
    live = books.pack(pack)
    try:
        known = live.read_facts(facts)
    except BadInput as bad:
        raise BadInput(fault.under("/facts") for fault in bad.faults) from None
    evaluation = live.answer(known)
    edition = live.edition
    outputs = {name: evaluation.written(name) for name in edition.outputs}
    amount = outputs["amount"]
    if isinstance(amount, str):
        outputs["amount"] = amount.rpartition(" ")[2]
    rows = [row.partition(".") for row in evaluation.rows]
    return {
        **outputs,
        "currency": currency_of(evaluation),
        "book": {"id": edition.id, "edition": edition.edition, "digest": edition.digest},
        "reasons": [{"table": table, "row": row} for table, _, row in rows],
    }


def in_words(books: Books, found: Mapping[str, Any], language: str) -> dict[str, Any]:
    """What `find_entitlement` found, with the text of each row. Raises NotFound for a book that is gone."""
    edition = books.by_digest(found["book"]["digest"]).edition
    reasons = [
        {**reason, "text": row_text(edition, reason["table"], reason["row"], language)}
        for reason in found["reasons"]
    ]
    return {**found, "reasons": reasons}
