"""Reading the rule books, and the limits that a policy publishes."""

import json
from datetime import date
from typing import Any

from settlement.decision.phrases import own_text
from settlement.errors import NotAuthorised, NotFound
from settlement.money import write_money, write_rate
from settlement.permissions import reach
from settlement.roles import Actor
from settlement.rules.book import BookKind, Edition
from settlement.rules.library import Books
from settlement.rules.policy import PolicyTerms


def status_of(edition: Edition, books: Books, today: date) -> str:
    """draft, scheduled, in_force or superseded."""
    if not books.is_released(edition):
        return "draft"
    if edition.kind is BookKind.POLICY and edition.effective_from > today:
        return "scheduled"
    in_force = (
        books.pack(edition.id) if edition.kind is BookKind.PACK else books.policy_for(edition.id, today)
    )
    return "in_force" if in_force.edition.digest == edition.digest else "superseded"


def list_books(books: Books, language: str, today: date) -> list[dict[str, Any]]:
    """Every edition of every book, in short."""
    return [_in_short(edition, books, language, today) for edition in books.editions]


def show_book(
    books: Books, book: str, edition_name: str | None, actor: Actor, language: str, today: date
) -> dict[str, Any]:
    """One edition whole, as data; without a name the newest released. Raises NotFound, NotAuthorised.

    Policies show what the ceiling is made of, so that agents do not read them.
    """
    editions = books.of(book)
    if editions[0].kind is BookKind.POLICY and not reach(actor.role, "get_book.policy"):
        raise NotAuthorised(
            f"the role {actor.role} does not read policies; packs and GET /v1/limits are open to it"
        )
    released = [edition for edition in editions if books.is_released(edition)] or list(editions)
    found = next((e for e in editions if e.edition == edition_name), None) if edition_name else released[-1]
    if found is None:
        names = ", ".join(edition.edition for edition in editions)
        raise NotFound(f"no edition {edition_name!r} of {book}; there are {names}")
    return {
        **_in_short(found, books, language, today),
        "source": found.source,
        "editions": [edition.edition for edition in editions],
        "text": json.loads(json.dumps(found.data, default=str)),
    }


def _in_short(edition: Edition, books: Books, language: str, today: date) -> dict[str, Any]:
    return {
        "id": edition.id,
        "kind": str(edition.kind),
        "title": edition.title.in_language(language),
        "edition": edition.edition,
        "effective_from": edition.effective_from.isoformat(),
        "currency": edition.currency,
        "standing": edition.standing and str(edition.standing),
        "digest": edition.digest,
        "status": status_of(edition, books, today),
    }


def published_limits(books: Books, language: str, today: date) -> dict[str, Any]:
    """What a company tells everybody: time limits, how far goodwill goes, the way out of profiling."""
    return {
        "policies": [
            _limits(books.policy_for(name, today).edition, language)
            for name in books.policies_in_force(today)
        ],
        "entitlements": [
            {"id": pack.id, "title": pack.title.in_language(language), "source": pack.source}
            for pack in books.editions
            if pack.kind is BookKind.PACK and books.is_released(pack)
        ],
        "profile_free": own_text("limits", "profile_free", language),
    }


def _limits(edition: Edition, language: str) -> dict[str, Any]:
    terms = edition.terms
    assert isinstance(terms, PolicyTerms)
    clocks = {
        kind: {what: [str(limit) for limit in by_grade] for what, by_grade in limits.items()}
        for kind, limits in terms.clocks.items()
    }
    return {
        "id": edition.id,
        "title": edition.title.in_language(language),
        "edition": edition.edition,
        "currency": edition.currency,
        "clocks": clocks
        | {"approval": {str(level): str(limit) for level, limit in terms.approval_clocks.items()}},
        "offer_stands": str(terms.ladder.offer_stands),
        "goodwill_bound": {
            "times_base": write_rate(terms.balance.kappa),
            "or_base_plus": write_money(terms.balance.small_room),
        },
    }
