"""Reading JSON strictly: what other readers let pass in silence is an error here."""

import json
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from settlement.errors import BadInput, Fault

MOST_BYTES = 1_000_000
_DEEPEST = 40
_LARGEST_EXPONENT = 300


class NotJson(BadInput):
    """A text that is not one plain JSON value; it was not looked at any further."""


def read_json(raw: bytes) -> Any:
    """One JSON value in UTF-8. Raises NotJson.

    Refused: names given twice, NaN and infinity, numbers beyond reason, NUL, halves of
    surrogate pairs, nesting deeper than 40.
    """
    try:
        text = raw.decode("utf-8")
        value = json.loads(
            text, object_pairs_hook=_without_repeats, parse_constant=_no_constant, parse_float=_bearable
        )
    except UnicodeDecodeError as error:
        raise _fault(f"is not UTF-8 at byte {error.start}", "send UTF-8") from None
    except json.JSONDecodeError as error:
        raise _fault(f"is not JSON: {error.msg} at character {error.pos}", "mend the syntax there") from None
    except RecursionError:
        raise _fault("is nested too deeply", f"nest at most {_DEEPEST} deep") from None
    except ValueError as error:
        raise _fault(str(error), "send plain JSON") from None
    _check(value, 0)
    return value


def _fault(problem: str, remedy: str) -> NotJson:
    return NotJson([Fault("", problem, remedy)])


def _without_repeats(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise ValueError(f"gives the name {name!r} twice")
        found[name] = value
    return found


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not a JSON number")


def _bearable(text: str) -> Decimal:
    """A number with a point or an exponent, exactly as written, unless no machine number could hold it."""
    number = Decimal(text)
    if number.adjusted() > _LARGEST_EXPONENT:
        raise ValueError(f"holds a number beyond reason: {text[:20]}")
    return number


def _check(value: Any, depth: int) -> None:
    if depth > _DEEPEST:
        raise _fault("is nested too deeply", f"nest at most {_DEEPEST} deep")
    match value:
        case str():
            _check_text(value)
        case dict():
            for name, inner in value.items():
                _check_text(name)
                _check(inner, depth + 1)
        case list():
            for inner in value:
                _check(inner, depth + 1)


def _check_text(text: str) -> None:
    if "\0" in text:
        raise _fault("holds a NUL character", "take it out")
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise _fault("holds half of a surrogate pair", "send whole characters")
