"""Rule books, and the limits that everybody may read."""

from datetime import UTC, date, datetime
from typing import Any

from flask import Response

from settlement.decision.answer import Part
from settlement.desk.books import list_books, published_limits, show_book
from settlement.web.operations import Operation, Parameter, answer
from settlement.web.requests import Caller, as_text, read_language, read_query, service


class BookInShort(Part):
    """One edition of one book."""

    id: str
    kind: str
    title: str
    edition: str
    effective_from: date
    currency: str
    standing: str | None
    digest: str
    status: str


class BookList(Part):
    books: tuple[BookInShort, ...]


class BookShown(BookInShort):
    """One edition whole; `text` is the file as data, which the digest covers."""

    source: str
    editions: tuple[str, ...]
    text: dict[str, Any]


class GoodwillBound(Part):
    times_base: str
    or_base_plus: dict[str, str]


class PolicyLimits(Part):
    """Clocks by kind of case and, within, by grade 1 to 5."""

    id: str
    title: str
    edition: str
    currency: str
    clocks: dict[str, dict[str, Any]]
    offer_stands: str
    goodwill_bound: GoodwillBound


class PublishedTable(Part):
    id: str
    title: str
    source: str


class Limits(Part):
    """What a company tells everybody."""

    policies: tuple[PolicyLimits, ...]
    entitlements: tuple[PublishedTable, ...]
    profile_free: str


def _today() -> date:
    return datetime.now(UTC).date()


def get_books(caller: Caller) -> Response:
    """Every edition in short."""
    read_query()
    return answer(BookList.model_validate({"books": list_books(service().books, read_language(), _today())}))


def get_book(caller: Caller, book: str) -> Response:
    """One edition whole."""
    edition = read_query(edition=as_text)["edition"]
    return answer(show_book(service().books, book, edition, caller.actor, read_language(), _today()))


def get_limits() -> Response:
    """Time limits, bounds, and the way out of profiling; no token needed."""
    read_query()
    return answer(published_limits(service().books, read_language(), _today()))


OPERATIONS = (
    Operation(
        name="get_books",
        method="GET",
        path="/v1/books",
        summary="Every edition of every rule book",
        handler=get_books,
        answers={200: (BookList,)},
        problems=(401, 422),
    ),
    Operation(
        name="get_book",
        method="GET",
        path="/v1/books/{book}",
        summary="One edition whole, the newest released unless named; policies are not for agents",
        handler=get_book,
        parameters=(
            Parameter("book", "path", {"type": "string", "maxLength": 64}, "The id of a book."),
            Parameter(
                "edition",
                "query",
                {"type": "string", "pattern": "^[A-Za-z0-9._-]{1,64}$"},
                "An edition's name.",
            ),
        ),
        answers={200: (BookShown,)},
        problems=(401, 403, 404, 422),
    ),
    Operation(
        name="get_limits",
        method="GET",
        path="/v1/limits",
        summary="What a company tells everybody: time limits, bounds of goodwill, profile-free",
        handler=get_limits,
        answers={200: (Limits,)},
        problems=(422,),
    ),
)
