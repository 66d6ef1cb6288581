"""The letter to a customer who accepted an offer: what they get, why, by when, and how to contest it.

It holds nothing but the accepted offer and the reasons for it: no range, no score, nobody else's data.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from settlement.cases.promises import Promise
from settlement.dates import local_day
from settlement.decision.answer import Decision, OptionPart, Reason
from settlement.decision.phrases import Phrases, day_text, duration_text
from settlement.money import Money

_TABLES = frozenset({"severity", "liability"})
"""Tables of the policy whose rows tell a customer why; packs do so too."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """What was accepted: on which day, from which decision, and the promises that came of it."""

    case_id: str
    owner: str
    day: date
    decision: Decision
    cash: Money
    parts: tuple[OptionPart, ...]
    promises: tuple[Promise, ...]


def write_letter(agreement: Agreement, phrases: Phrases) -> str:
    """The letter as plain text in the language of the phrases."""
    own = _Own(phrases)
    day, limit = day_text(agreement.day, phrases.language), phrases.terms.life.follow_up.review
    blocks = [
        [own("title", agreement.case_id)],
        [own("thanks", day)],
        [own("agreed"), *_listed(_received(agreement, phrases, own))],
        [own("why"), *_listed(_reasons(agreement, phrases)), *_owed(agreement, phrases, own)],
        *_mended(agreement, phrases, own),
        [own("contest"), own("review", duration_text(limit, phrases.language)), *_routes(phrases)],
        [own("who", agreement.owner)],
    ]
    return "\n\n".join("\n".join(block) for block in blocks) + "\n"


@dataclass(frozen=True, slots=True)
class _Own:
    """The program's own lines of a letter."""

    phrases: Phrases

    def __call__(self, code: str, value: str = "") -> str:
        return self.phrases.own("letter", f"{code}:{value}" if value else code)


def _received(agreement: Agreement, phrases: Phrases, own: _Own) -> Iterator[str]:
    due = {(each.kind, each.what): each for each in agreement.promises}
    cash = next(each for each in phrases.terms.instruments if each.kind == "cash")
    if agreement.cash:
        yield _dated(own("cash", str(agreement.cash)), due.get(("cash", cash.id)), phrases, own)
    for part in agreement.parts:
        line = f"{phrases.instrument(part.instrument)}, {part.face}"
        yield _dated(line, due.get(("part", part.instrument)), phrases, own)
    if not agreement.cash and not agreement.parts:
        yield own("nothing_in_money")
    for each in agreement.promises:
        if each.kind == "gesture":
            yield _dated(phrases.gesture(each.what), each, phrases, own)


def _dated(line: str, promise: Promise | None, phrases: Phrases, own: _Own) -> str:
    if promise is None or promise.due_at is None:
        return line + own("date_follows")
    day = local_day(promise.due_at, phrases.terms.time_zone)
    return line + own("by", day_text(day, phrases.language))


def _reasons(agreement: Agreement, phrases: Phrases) -> list[str]:
    packs = {pack.id for pack in agreement.decision.packs}
    told = [each for each in agreement.decision.reasons if each.table in _TABLES or each.book in packs]
    return list(dict.fromkeys(_text(each, phrases) for each in told))


def _text(reason: Reason, phrases: Phrases) -> str:
    assert reason.book, "rows of tables are named with their book"
    assert reason.table
    assert reason.row
    return phrases.row(reason.book, reason.table, reason.row)


def _owed(agreement: Agreement, phrases: Phrases, own: _Own) -> list[str]:
    """What was due whatever had been agreed, by head."""
    owed = [f"{phrases.own('head', each.head)} {each.amount}" for each in agreement.decision.owed]
    joined = ("、" if phrases.language == "zh" else ", ").join(owed)
    return [own("owed", joined)] if owed else []


def _mended(agreement: Agreement, phrases: Phrases, own: _Own) -> list[list[str]]:
    promised = [each for each in agreement.promises if each.kind == "prevention"]
    lines = (_dated(phrases.gesture(each.what), each, phrases, own) for each in promised)
    return [[own("mended"), *_listed(lines)]] if promised else []


def _routes(phrases: Phrases) -> list[str]:
    return [phrases.talk("outside_routes")] if "outside_routes" in phrases.terms.texts else []


def _listed(lines: Iterable[str]) -> list[str]:
    return [f"- {line}" for line in lines]
