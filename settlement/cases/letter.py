"""The letter to a customer when talks end: what they get, why, by when, and how to contest it.

It holds what was said to the customer and nothing else: no range, no score, nobody else's data. Sums and
dates are those of the promises.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime

from settlement.cases.promises import Promise
from settlement.dates import local_day
from settlement.decision.answer import Decision, Reason
from settlement.decision.phrases import Phrases, day_text, duration_text, moment_text
from settlement.money import Money

_GESTURES = frozenset({"gesture", "prevention"})


@dataclass(frozen=True, slots=True)
class StandingOffer:
    """An offer that the customer did not take and still may; `until` is None where no date can be told."""

    amount: Money
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Ending:
    """How talks ended: on which day, from which decision, and the promises that came of it.

    wrong     code of the clause that says what we are sorry for; None where the cause is not ours
    earlier   promises of talks before these that were kept
    agreed    the customer said yes; else only what is owed is promised
    standing  where they did not: the offer that is still open
    """

    case_id: str
    owner: str
    day: date
    decision: Decision
    wrong: str | None
    promises: tuple[Promise, ...]
    earlier: tuple[Promise, ...]
    agreed: bool
    standing: StandingOffer | None = None


def write_letter(ending: Ending, phrases: Phrases) -> str:
    """The letter as plain text in the language of the phrases."""
    own, limits = _Own(phrases), phrases.terms.life.follow_up
    given = [each for each in ending.promises if each.kind != "prevention"]
    mended = [each for each in ending.promises if each.kind == "prevention"]
    blocks = [
        [own("title" if ending.agreed else "title_ended", ending.case_id)],
        [_joined(_opening(ending, phrases, own), phrases)],
        _listed(own("earlier"), (_line(each, phrases) + _done_on(each, phrases) for each in ending.earlier)),
        _listed(
            own("new" if ending.earlier else "received"),
            [*_nothing(ending, own), *(_line(each, phrases) + _due_by(each, phrases) for each in given)],
        ),
        _listed(own("why"), (*_reasons(ending, phrases), *_owed(ending, phrases, own))),
        _listed(own("mended"), (_line(each, phrases) + _due_by(each, phrases) for each in mended)),
        [_standing(ending.standing, phrases, own)] if ending.standing else [],
        [own("asked", duration_text(limits.visit, phrases.language))] if ending.agreed else [],
        [own("contest"), own("review", duration_text(limits.review, phrases.language)), *_routes(phrases)],
        [own("who", ending.owner)],
    ]
    return "\n\n".join("\n".join(block) for block in blocks if block) + "\n"


@dataclass(frozen=True, slots=True)
class _Own:
    """The program's own lines of a letter."""

    phrases: Phrases

    def __call__(self, code: str, value: str = "") -> str:
        return self.phrases.own("letter", f"{code}:{value}" if value else code)


def _opening(ending: Ending, phrases: Phrases, own: _Own) -> Iterator[str]:
    yield own("thanks")
    if ending.wrong:
        yield own("sorry", phrases.talk(ending.wrong))
    yield own("agreed_on" if ending.agreed else "ended_on", day_text(ending.day, phrases.language))
    if not ending.agreed and ending.promises:
        yield own("owed_all_the_same")


def _nothing(ending: Ending, own: _Own) -> list[str]:
    """No money is no silence."""
    if any(each.kind in ("cash", "part", "owed") for each in ending.promises):
        return []
    return [own("nothing_in_money" if ending.agreed else "nothing_owed")]


def _line(promise: Promise, phrases: Phrases) -> str:
    """One thing that the customer gets."""
    what = phrases.promised(promise.kind, promise.what)
    if promise.kind in _GESTURES:
        return what.rstrip(".。")  # its date is still part of the sentence
    assert promise.amount is not None, "what is given has its sum"
    if promise.kind in ("cash", "owed"):
        return phrases.own("letter", f"cash:{promise.amount}")
    face = f"{what}{'，' if phrases.language == 'zh' else ', '}{promise.amount}"
    return phrases.own("letter", f"gift:{face}") if promise.kind == "gift" else face


def _due_by(promise: Promise, phrases: Phrases) -> str:
    if promise.due_at is None:
        return phrases.own("letter", "date_follows")
    due = moment_text(promise.due_at, phrases.terms.time_zone, phrases.language)
    return phrases.own("letter", f"by:{due}")


def _done_on(promise: Promise, phrases: Phrases) -> str:
    assert promise.ended_at is not None, "a promise that was kept has ended"
    done = day_text(local_day(promise.ended_at, phrases.terms.time_zone), phrases.language)
    return phrases.own("letter", f"done:{done}")


def _reasons(ending: Ending, phrases: Phrases) -> list[str]:
    """What of the cause is ours, and what published tables say. How bad we hold it is our own measure."""
    reasons = ending.decision.reasons
    told = [_text(each, phrases) for each in reasons if each.table == "liability"]
    for pack in dict.fromkeys(pack.id for pack in ending.decision.packs):
        rows = dict.fromkeys(_text(each, phrases) for each in reasons if each.book == pack)
        title = phrases.title(pack) + ("：" if phrases.language == "zh" else ". ")
        told += [title + _joined(rows, phrases)] if rows else []
    return told


def _text(reason: Reason, phrases: Phrases) -> str:
    assert reason.book, "rows of tables are named with their book"
    assert reason.table
    assert reason.row
    return phrases.row(reason.book, reason.table, reason.row)


def _owed(ending: Ending, phrases: Phrases, own: _Own) -> list[str]:
    """What was due whatever had been agreed, by head."""
    brackets, comma = ("（{}）", "、") if phrases.language == "zh" else (" ({})", ", ")
    owed = [
        f"{each.amount}{brackets.format(phrases.own('head', each.head))}" for each in ending.decision.owed
    ]
    return [own("owed", comma.join(owed))] if owed else []


def _standing(offer: StandingOffer, phrases: Phrases, own: _Own) -> str:
    until = phrases.own("slot", "date_open")
    if offer.until is not None:
        until = moment_text(offer.until, phrases.terms.time_zone, phrases.language)
    return own("stands", str(offer.amount)) + own("until", until)


def _routes(phrases: Phrases) -> list[str]:
    return [phrases.talk("outside_routes")] if "outside_routes" in phrases.terms.texts else []


def _joined(sentences: Iterable[str], phrases: Phrases) -> str:
    return ("" if phrases.language == "zh" else " ").join(sentences)


def _listed(heading: str, lines: Iterable[str]) -> list[str]:
    """A block; nothing where there are no lines."""
    listed = [f"- {line}" for line in lines]
    return [heading, *listed] if listed else []
