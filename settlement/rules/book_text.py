"""The text of a book: TOML to plain data, nothing in it that a book may not hold, and its digest."""

import hashlib
import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from settlement.errors import BadBook, Fault
from settlement.rules.faults import Faults
from settlement.rules.types import LARGEST

LONGEST_TEXT = 1_000_000
_DEEPEST = 10

# tomllib takes time quadratic in the parts of a dotted key. Possessive, so that the search is linear.
_LONG_DOTTED_KEY = re.compile(
    r"""(?:(?:(?<![\w-])[\w-]++|"(?:[^"\\\n]|\\.){0,99}+"|'[^'\n]*+')[ \t]*+\.[ \t]*+){50}"""
)
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


def parse_book(text: str, faults: Faults) -> dict[str, Any]:
    """The data of a book: texts, whole numbers, booleans, dates, lists and blocks. All else is a fault.

    Raises BadBook at once where the text is not TOML.
    """
    if len(text) > LONGEST_TEXT:
        raise BadBook([Fault(faults.file, "is too long", f"a book has at most {LONGEST_TEXT:,} characters")])
    if _LONG_DOTTED_KEY.search(text):
        raise BadBook([Fault(faults.file, "holds a key of 50 dots or more", "a key has one or two")])
    try:
        data = tomllib.loads(text, parse_float=_BareDecimal)
    except tomllib.TOMLDecodeError as error:
        raise BadBook([Fault(faults.file, f"is not TOML: {error}", "mend the syntax there")]) from None
    except RecursionError:
        raise BadBook(
            [Fault(faults.file, "is nested too deeply", "blocks in blocks in lists are enough")]
        ) from None
    except ValueError:  # int() of thousands of digits
        raise BadBook(
            [Fault(faults.file, "holds a number of thousands of digits", "no number exceeds 10^15")]
        ) from None
    return _Cleaner(faults).block(data, "", 0)


def digest(data: Mapping[str, Any]) -> str:
    """SHA-256 of the data of a book as canonical JSON; layout and comments do not count."""
    text = json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=_date_text)
    return hashlib.sha256(text.encode()).hexdigest()


def _date_text(value: Any) -> str:
    assert isinstance(value, date), "TOML gives texts, whole numbers, booleans, dates, lists and blocks"
    return value.isoformat()


@dataclass(frozen=True, slots=True)
class _BareDecimal:
    """A float as it stands in the file."""

    text: str


@dataclass(frozen=True, slots=True)
class _Cleaner:
    """Copies data; a value that a book may not hold is a fault, and a harmless text takes its place."""

    faults: Faults

    def block(self, data: Mapping[str, Any], place: str, depth: int) -> dict[str, Any]:
        clean = {}
        for key, value in data.items():
            inner = f"{place}, {self.text(key, place)}" if place else self.text(key, "book")
            clean[key] = self.value(value, inner, depth + 1)
        return clean

    def value(self, value: Any, place: str, depth: int) -> Any:
        match value:
            case dict() | list() if depth > _DEEPEST:
                self.faults.add(place, "is nested too deeply", "blocks in blocks in lists are enough")
                return ""
            case dict():
                return self.block(value, place, depth)
            case list():
                return [self.value(item, f"{place} {n}", depth + 1) for n, item in enumerate(value, 1)]
            case str():
                return self.text(value, place)
            case _BareDecimal(text):
                self.faults.add(place, f"{text} is a bare decimal", f'write it as a text: "{text}"')
                return text
            case datetime() | time():
                self.faults.add(
                    place, f"{value.isoformat()} is a time", "books know days only: write 2026-01-01"
                )
                return value.isoformat()
            case int() if abs(value) > LARGEST:
                self.faults.add(place, "is too large a number", "no number exceeds 10^15")
                return 0
        return value

    def text(self, text: str, place: str) -> str:
        if _CONTROL.search(text):
            self.faults.add(place, f"holds a control character: {text[:60]!r}", "take it out")
            return _CONTROL.sub("", text)
        return text
