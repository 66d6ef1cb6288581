"""Reading JSON strictly: what other readers let pass in silence is an error here."""

import json
import re
from collections.abc import Iterable
from decimal import Decimal, InvalidOperation
from typing import Any

from settlement.errors import BadInput, Fault

MOST_BYTES = 1_000_000
_DEEPEST = 40
_MOST_DIGITS = 300
_NOT_TEXT = re.compile("[\0\ud800-\udfff]")


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
            text,
            object_pairs_hook=_without_repeats,
            parse_constant=_no_constant,
            parse_float=_bearable,
            parse_int=_whole,
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
            raise ValueError(f"gives the name {name[:40]!r} twice")
        found[name] = value
    return found


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not a JSON number")


def _bearable(text: str) -> Decimal:
    """A number with a point or an exponent, exactly as written, unless no machine number could hold it."""
    try:
        number = Decimal(text)
    except InvalidOperation:  # an exponent that not even Decimal can hold
        raise _beyond_reason(text) from None
    if abs(number.adjusted()) > _MOST_DIGITS:
        raise _beyond_reason(text)
    return number


def _whole(text: str) -> int:
    if len(text) > _MOST_DIGITS:
        raise ValueError(f"holds a number of more than {_MOST_DIGITS} digits: {text[:20]}…")
    return int(text)


def _beyond_reason(text: str) -> ValueError:
    return ValueError(f"holds a number beyond reason: {text[:40]}")


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
    if found := _NOT_TEXT.search(text):
        if found.group() == "\0":
            raise _fault("holds a NUL character", "take it out")
        raise _fault("holds half of a surrogate pair", "send whole characters")
