"""Asking a published table what it gives."""

from collections.abc import Mapping
from typing import Any

from settlement.errors import BadInput
from settlement.rules.examples import currency_of
from settlement.rules.library import Books
from settlement.rules.words import row_text


def entitle(books: Books, pack: str, facts: Mapping[str, Any], language: str) -> dict[str, Any]:
    """Every published output by its name, its currency, the book, and the rows that gave it.

    Raises NotFound, BadInput with every fault placed under /facts, CannotDecide, EnginesDisagree.
    """
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
        "reasons": [
            {"table": table, "row": row, "text": row_text(edition, table, row, language)}
            for table, _, row in rows
        ],
    }
