"""Codes to texts in the reader's language: the program's own texts, and those of the books in use."""

import tomllib
from collections.abc import Mapping
from datetime import date, datetime
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

from settlement.dates import LAST_SECOND, Duration
from settlement.rules.book import Edition
from settlement.rules.policy import PolicyTerms
from settlement.rules.talk import plain_line
from settlement.rules.types import Text
from settlement.rules.words import name_text, row_text

LANGUAGES = ("en", "zh")


@cache
def own_texts() -> Mapping[str, Mapping[str, Text]]:
    """Every text of the program, by kind and code."""
    data = tomllib.loads((Path(__file__).parent / "texts.toml").read_text("utf-8"))
    return {kind: {code: Text(**text) for code, text in texts.items()} for kind, texts in data.items()}


def own_text(kind: str, code: str, language: str) -> str:
    """A text of the program; a code may carry a value after a colon."""
    name, _, value = code.partition(":")
    return own_texts()[kind][name].in_language(language).format(value)


def duration_text(limit: Duration, language: str) -> str:
    """A time limit in words: "7 working days"."""
    words = own_text("unit", f"{limit.unit}:{limit.count}", language)
    return words.removesuffix("s") if limit.count == 1 and language == "en" else words


def day_text(day: date, language: str) -> str:
    """A day as people write it: "6 March 2026"."""
    if language == "zh":
        return f"{day.year}年{day.month}月{day.day}日"
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def moment_text(moment: datetime, time_zone: str, language: str) -> str:
    """A due moment as people write it: the day where it is the end of that day, else with the time."""
    local = moment.astimezone(ZoneInfo(time_zone))
    day = day_text(local.date(), language)
    if local.time().replace(microsecond=0) == LAST_SECOND:
        return day
    return f"{day}{local:%H:%M}" if language == "zh" else f"{local:%H:%M} on {day}"


_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
    "November", "December",
)  # fmt: skip


class Phrases:
    """Texts for one decision in one language. `editions` holds its books by id, the policy among them."""

    def __init__(self, policy: Edition, packs: Mapping[str, Edition], language: str) -> None:
        assert policy.terms is not None, "the first book is a policy"
        self.policy, self.language = policy, language
        self.terms: PolicyTerms = policy.terms
        self._editions = {**packs, policy.id: policy}

    def own(self, kind: str, code: str) -> str:
        return own_text(kind, code, self.language)

    def row(self, book: str, table: str, row: str) -> str:
        return row_text(self._editions[book], table, row, self.language)

    def title(self, book: str) -> str:
        return self._editions[book].title.in_language(self.language)

    def approval(self, reason: str) -> str:
        """A reason of an approval: a row of the table, or a limit."""
        if reason in own_texts()["reason"]:
            return self.own("reason", reason)
        return self.row(self.policy.id, "approval", reason)

    def name(self, name: str) -> str:
        return name_text(self.policy, name, self.language)

    def instrument(self, instrument_id: str) -> str:
        found = next(each for each in self.terms.instruments if each.id == instrument_id)
        return found.name.in_language(self.language)

    def gesture(self, gesture_id: str) -> str:
        found = next(each for each in self.terms.gestures if each.id == gesture_id)
        return found.text.in_language(self.language)

    def promised(self, kind: str, what: str) -> str:
        """What a promise of a kind is about: an instrument, a gesture, or what a date was told for."""
        if kind == "date":
            return self.own("date", what)
        return self.gesture(what) if kind in ("gesture", "prevention") else self.instrument(what)

    def talk(self, code: str) -> str:
        """A line of the policy's talk track that fills no slot, for every mood and channel."""
        return plain_line(self.terms.texts[code]).text.in_language(self.language)
