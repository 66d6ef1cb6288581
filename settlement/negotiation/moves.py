"""What each event does to the talks: the state table.

An event that has no meaning in a state leaves the talks as they are.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import reduce
from typing import Any

from settlement.decision.answer import Offer, Option, Rung
from settlement.decision.decided import Decided
from settlement.decision.gestures import choose_gestures
from settlement.decision.offers import Made, offer_at
from settlement.errors import CannotDecide
from settlement.money import Money
from settlement.negotiation import events as told
from settlement.negotiation.events import Happened, History
from settlement.negotiation.talks import (
    TERMINAL,
    Authority,
    Settled,
    State,
    Step,
    Talk,
    covers,
    gift_with,
    may_put,
    offer_due,
    sum_at,
)
from settlement.rules.policy import GESTURE_KINDS

MOST_REFUSALS = 2
MOST_SILENCES = 3


def fold(decided: Decided, authority: Authority, history: History) -> Talk:
    """The talks after their history. Raises CannotDecide where an offer cannot be made."""
    begun = Talk(decided, due=decided.range.opening)
    return reduce(lambda talk, event: hear(talk, event, authority), history, begun)


def hear(talk: Talk, event: Happened, authority: Authority) -> Talk:
    """The talks after one more event. What ended stays ended, but for a blocked part of what was agreed."""
    if isinstance(event, told.PartBlocked):
        return _part_blocked(talk, event)
    if talk.state in TERMINAL:
        return talk
    states, move = _MOVES[type(event)]
    return move(talk, event, authority) if talk.state in states else talk


def takes_effect(decided: Decided, authority: Authority, history: History, event: Happened) -> bool:
    """Whether one more event would change anything; what does not is no part of the talks."""
    talk = fold(decided, authority, history)
    return hear(talk, event, authority) != talk


# ---------------------------------------------------------------- before the offer, and putting it


def _confirmed(talk: Talk, _event: told.Confirmed, _authority: Authority) -> Talk:
    return replace(talk, state=State.DECOMPOSE, step=Step.DECOMPOSE, why="not_split")


def _items_split(talk: Talk, event: told.ItemsSplit, _authority: Authority) -> Talk:
    return _due(replace(talk, items=event.items), Rung.OPENING, "opening_due")


def _due(talk: Talk, rung: Rung, why: str) -> Talk:
    """The offer of a rung is to be put."""
    return replace(talk, state=State.DUE, step=_STEP_OF[rung], rung=rung, due=sum_at(talk, rung), why=why)


_STEP_OF = {Rung.OPENING: Step.PROBE, Rung.FINAL: Step.EXCHANGE}


def _offered(talk: Talk, event: told.Offered, authority: Authority) -> Talk:
    made = offer_due(talk)
    return _put(talk, made.offer) if may_put(talk, made, event.level or authority.level) else talk


def _put(talk: Talk, offer: Offer) -> Talk:
    gift = gift_with(talk, offer)
    return replace(talk, state=State.OPEN, table=offer, gift=gift, refusals=0, silences=0, why="offer_put")


def _overridden(talk: Talk, event: told.Overridden, _authority: Authority) -> Talk:
    """Another sum, with a reason, within the level."""
    made = of_another_sum(talk, event.amount)
    if (
        not event.reason.strip()
        or event.level is None
        or made is None
        or not may_put(talk, made, event.level)
    ):
        return talk
    return replace(_put(talk, made.offer), step=_STEP_OF[talk.rung], overruled=talk.overruled + 1)


def of_another_sum(talk: Talk, amount: Money) -> Made | None:
    """The offer of another sum than is due; never below what is owed or was offered.

    Where nothing is owed and the cause is not ours, there is no money to give.
    """
    least = max(talk.decided.range.floor, talk.table.amount if talk.table else talk.decided.range.floor)
    has_ground = talk.decided.liable or not amount
    if amount < least or not has_ground:
        return None
    try:
        return offer_at(talk.decided, talk.rung, amount, talk.wishes)
    except CannotDecide:
        return None


def _approved(talk: Talk, event: told.Approved, _authority: Authority) -> Talk:
    """A yes; where the approver set a sum of their own, that one is due in place of the one asked for."""
    known = replace(talk, approvals=(*talk.approvals, event))
    if not event.amended or talk.state is not State.DUE:
        return known
    made = of_another_sum(talk, event.amount)
    return replace(known, due=event.amount) if made and may_put(known, made, None) else known


def _denied(talk: Talk, _event: told.Denied, _authority: Authority) -> Talk:
    """The offer on the table stays; where there is none that gives what is owed, somebody else takes over."""
    if talk.table and covers(talk.decided, talk.table):
        return replace(talk, state=State.OPEN, step=Step.EXPLAIN, why="raise_declined")
    return _escalated(talk, "no_authority")


def _facts_changed(talk: Talk, event: told.FactsChanged, _authority: Authority) -> Talk:
    """A new range, and approvals of the old one void. What was offered stays, unless more is owed now."""
    known = replace(talk, decided=event.decided, approvals=())
    falls_short = talk.table is not None and not covers(event.decided, talk.table)
    if falls_short:
        return _due(known, talk.rung, "more_is_owed")
    if talk.state is State.DUE and talk.step is not Step.OTHER_FORM:
        return _due(known, talk.rung, talk.why)
    return known


# ---------------------------------------------------------------- the customer's answers


def _accepted(talk: Talk, event: told.Accepted, _authority: Authority) -> Talk:
    """A yes to an option of the last menu, and to nothing else."""
    assert talk.table is not None, "an offer is open"
    by_number = {option.id: option for option in talk.table.options}
    if event.option not in by_number and (by_number or event.option is not None):
        return talk
    chosen = by_number.get(event.option) if event.option is not None else None
    return replace(
        talk,
        state=State.SETTLED,
        step=Step.SETTLE,
        settled=Settled(chosen, talk.table.amount),
        silences=0,
        why="said_yes",
    )


def _countered(talk: Talk, event: told.Countered, _authority: Authority) -> Talk:
    """A sum is remembered whenever it is named; an offer that is open answers it."""
    known = replace(talk, counters=(*talk.counters, event.amount))
    if talk.state is not State.OPEN:
        return known
    offered = _on_table(talk).amount
    return _answered(known, _met if offered and event.amount <= offered else _raise_or_explain)


def _ranked(talk: Talk, event: told.Ranked, _authority: Authority) -> Talk:
    numbers = {option.id for option in _on_table(talk).options}
    if not numbers.issuperset(event.order) or len(set(event.order)) < len(event.order):
        return talk
    return _answered(talk, _gesture if talk.only_face else _raise_or_explain)


def _wished(talk: Talk, event: told.Wished, _authority: Authority) -> Talk:
    """The first wish changes the form at the same sum; gestures answer a wish for one."""
    if talk.only_face or event.kind in GESTURE_KINDS:
        return _answered(talk, _gesture)
    if talk.form is not None or not _on_table(talk).amount:
        return _answered(talk, _raise_or_explain)
    return _answered(replace(talk, form=event.kind), _other_form)


def _refused(talk: Talk, _event: told.Refused, _authority: Authority) -> Talk:
    """A bare no gets reasons, not money; the second in a row ends the talks, and the offer stands."""
    refusals = talk.refusals + 1
    if refusals >= MOST_REFUSALS:
        return _closed(replace(talk, answers=talk.answers + 1), "stands")
    return replace(_answered(talk, _give_reasons), refusals=refusals)


def _answered(talk: Talk, answer: Callable[[Talk], Talk]) -> Talk:
    """One answer more. After the last the talks end, unless an offer is due; that offer is the last."""
    most = talk.decided.policy.terms.ladder.max_answers
    if talk.answers >= most:
        return _closed(talk, "rounds")
    moved = answer(replace(talk, answers=talk.answers + 1, refusals=0, silences=0))
    return _closed(moved, "rounds") if moved.state is State.OPEN and moved.answers >= most else moved


def _met(talk: Talk) -> Talk:
    return replace(talk, step=Step.CONFIRM_YES, why="named_no_more")


def _give_reasons(talk: Talk) -> Talk:
    return replace(talk, step=Step.EXPLAIN, why="bare_no")


def _explain(talk: Talk) -> Talk:
    return replace(talk, step=Step.EXPLAIN, why="nothing_higher")


def _raise_or_explain(talk: Talk) -> Talk:
    if sum_at(talk, Rung.FINAL) > _on_table(talk).amount:
        return _due(talk, Rung.FINAL, "answer_has_content")
    return _explain(talk)


def _other_form(talk: Talk) -> Talk:
    due = _on_table(talk).amount
    return replace(talk, state=State.DUE, step=Step.OTHER_FORM, due=due, why="form_wished")


def _gesture(talk: Talk) -> Talk:
    """The apology climbs by one level; where it cannot, we explain."""
    decided, table = talk.decided, _on_table(talk)
    matter, grade = decided.complaint.complaint, decided.decision.severity.grade
    gestures = choose_gestures(matter, grade, decided.liable, decided.policy.terms, talk.climbed + 1)
    if gestures == table.gestures:
        return replace(talk, step=Step.EXPLAIN, why="highest_apology")
    higher = table.model_copy(update={"gestures": gestures})
    return replace(talk, step=Step.GESTURE, climbed=talk.climbed + 1, table=higher, why="respect_asked")


def _on_table(talk: Talk) -> Offer:
    assert talk.table is not None, "an offer is open"
    return talk.table


def _silent(talk: Talk, _event: told.Silent, _authority: Authority) -> Talk:
    """Silence is no consent."""
    silences = talk.silences + 1
    if silences >= MOST_SILENCES:
        return _closed(talk, "silence")
    return replace(talk, step=Step.REMIND, silences=silences, why="no_answer")


# ---------------------------------------------------------------- ends, and what undoes one


def _left(talk: Talk, _event: told.Left, _authority: Authority) -> Talk:
    return _closed(talk, "left")


def _closed(talk: Talk, stop: str) -> Talk:
    return replace(talk, state=State.CLOSED, step=Step.CLOSE, stop=stop, why=stop)


def _threatened(talk: Talk, event: told.Threatened, _authority: Authority) -> Talk:
    return _escalated(talk, event.kind)


def _escalated(talk: Talk, stop: str) -> Talk:
    return replace(talk, state=State.ESCALATED, step=Step.HAND_OVER, stop=stop, why=stop)


def _part_blocked(talk: Talk, event: told.PartBlocked) -> Talk:
    """Options with the blocked part are composed anew at the same sum.

    If it was part of what was agreed, the customer chooses again.
    """
    instruments = {each.id for each in talk.decided.policy.terms.instruments if each.kind != "cash"}
    agreed = (talk.settled.option,) if talk.settled and talk.settled.option else ()
    is_over = talk.state in TERMINAL and not _has_part(agreed, event.instrument)
    if is_over or event.instrument not in instruments:
        return talk
    known = replace(talk, blocked=talk.blocked | {event.instrument})
    if talk.table is None or not _has_part(talk.table.options, event.instrument):
        return known
    options = offer_at(talk.decided, talk.rung, talk.table.amount, known.wishes).offer.options
    recomposed = replace(known, table=talk.table.model_copy(update={"options": options}), settled=None)
    if talk.state is State.DUE:
        return recomposed
    return replace(recomposed, state=State.OPEN, step=Step.RECOMPOSE, why="part_is_blocked")


def _has_part(options: tuple[Option, ...], instrument: str) -> bool:
    return any(part.instrument == instrument for option in options for part in option.parts)


_DUE, _OPEN, _ANY = {State.DUE}, {State.OPEN}, {*State} - TERMINAL

Move = Callable[[Talk, Any, Authority], Talk]
_MOVES: Mapping[type, tuple[set[State], Move]] = {
    told.Confirmed: ({State.LISTEN}, _confirmed),
    told.ItemsSplit: ({State.DECOMPOSE}, _items_split),
    told.Offered: (_DUE, _offered),
    told.Overridden: (_DUE | _OPEN, _overridden),
    told.Approved: (_ANY, _approved),
    told.Denied: (_DUE, _denied),
    told.FactsChanged: (_ANY, _facts_changed),
    told.Accepted: (_OPEN, _accepted),
    told.Countered: (_ANY, _countered),
    told.Ranked: (_OPEN, _ranked),
    told.Wished: (_OPEN, _wished),
    told.Refused: (_OPEN, _refused),
    told.Silent: (_OPEN, _silent),
    told.Left: (_ANY, _left),
    told.Threatened: (_ANY, _threatened),
    told.SelfHarmTold: (_ANY, lambda talk, *_: _escalated(talk, "self_harm")),
    told.SafetyRaised: (_ANY, lambda talk, *_: _escalated(talk, "safety")),
    told.LegalActionTaken: (_ANY, lambda talk, *_: _escalated(talk, "legal")),
}
