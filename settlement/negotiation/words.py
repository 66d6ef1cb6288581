"""Advice in words: the policy's talk for this mood and channel, its slots filled from the record."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from settlement.complaint import Matter
from settlement.decision.clocks import Deadlines
from settlement.decision.decided import Decided
from settlement.decision.phrases import moment_text, own_text
from settlement.negotiation.advice import Advice
from settlement.rules.policy import PolicyTerms
from settlement.rules.talk import PARTS, SLOTS, choose_line
from settlement.rules.words import row_text


@dataclass(frozen=True, slots=True)
class Spoken:
    """One line to be said: its code, whether it speaks of facts, emotion or interest, and its words."""

    code: str
    part: str | None
    text: str


def words_for(codes: Iterable[str], advice: Advice, decided: Decided, language: str) -> tuple[Spoken, ...]:
    """Lines in the order in which they are said: facts, emotion, interest.

    `codes` are the talk or the ask of the advice; `decided` is the newest decision of the talks.
    """
    scene = _Scene(advice, decided, language)
    lines = [scene.line(code) for code in codes]
    return tuple(sorted(lines, key=lambda line: PARTS.index(line.part or PARTS[-1])))


def why_in_words(advice: Advice, language: str) -> str:
    """What led to the step, for whoever talks: never said to the customer."""
    return own_text("stop" if advice.stop else "why", advice.why, language)


@dataclass(frozen=True, slots=True)
class _Scene:
    """What a slot is filled from."""

    advice: Advice
    decided: Decided
    language: str

    def line(self, code: str) -> Spoken:
        complaint = self.decided.complaint
        variants = self.decided.policy.terms.texts[code]
        found = choose_line(variants, complaint.complaint.mood, complaint.case.channel)
        slots = {slot: _FILLS[slot](self) for slot in SLOTS.get(code, ())}
        return Spoken(code, found.part, found.text.in_language(self.language).format(**slots))

    def date(self, moment: datetime | None) -> str:
        """A due moment as it is said; words for a date that is still open."""
        if moment is None:
            return own_text("slot", "date_open", self.language)
        return moment_text(moment, self.decided.policy.terms.time_zone, self.language)


def _amount(scene: _Scene) -> str:
    """The sum on offer; a line with this slot is only said where there is one."""
    assert scene.advice.amount is not None, "a sum is shown"
    return str(scene.advice.amount)


def _stands_until(scene: _Scene) -> str:
    terms = scene.decided.policy.terms
    return scene.date(Deadlines(scene.decided.moment, terms).after(terms.ladder.offer_stands))


def _due(scene: _Scene) -> str:
    settled = scene.advice.settled
    return scene.date(settled.option.ready_by if settled and settled.option else None)


def _wrong(scene: _Scene) -> str:
    """The one thing that went wrong, as a clause."""
    decision, terms = scene.decided.decision, scene.decided.policy.terms
    return scene.line(what_went_wrong(scene.decided.complaint.complaint, decision.severity.grade, terms)).text


def what_went_wrong(matter: Matter, grade: int, terms: PolicyTerms) -> str:
    """Code of what to apologise for: a broken promise, a wait beyond our own limit, or the problem."""
    limits = terms.clocks["complaint"].get("resolution")
    if matter.signals.broken_promises:
        return "wrong_promise"
    if limits and matter.signals.hours_waiting * 60 > limits[grade - 1].rough_minutes:
        return "wrong_waiting"
    return f"wrong_{matter.problem}"


def _prevention(scene: _Scene) -> str:
    texts = {gesture.id: gesture.text for gesture in scene.decided.policy.terms.gestures}
    return _joined((texts[each].in_language(scene.language) for each in scene.advice.prevention), scene)


def _reason(scene: _Scene) -> str:
    """How bad it was and what of it is ours: the rows that said so, in the words of the policy."""
    edition = scene.decided.policy.edition
    return _joined(
        (
            row_text(edition, reason.table, reason.row, scene.language)
            for reason in scene.decided.decision.reasons
            if reason.book == edition.id and reason.row and reason.table in ("severity", "liability")
        ),
        scene,
    )


def _joined(sentences: Iterable[str], scene: _Scene) -> str:
    return ("" if scene.language == "zh" else " ").join(sentences)


_FILLS: Mapping[str, Callable[[_Scene], str]] = {
    "amount": _amount,
    "stands_until": _stands_until,
    "due": _due,
    "wrong": _wrong,
    "prevention": _prevention,
    "reason": _reason,
}
