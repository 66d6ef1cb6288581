"""The states of a case and the moves between them. A case is what its events tell, in their order."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from settlement.cases.needs import deed_text, deeds, in_the_way_of_closing, missing
from settlement.decision.phrases import own_text
from settlement.errors import Refused
from settlement.roles import Actor, Role

PROGRAM = "settlement"
"""Who acts where time alone did: nobody's name."""


class State(StrEnum):
    """Where a case stands. Only `closed` is final, and only `reopened` leads out of it."""

    OPENED = "opened"
    DIAGNOSED = "diagnosed"
    SUGGESTED = "suggested"
    TALKING = "talking"
    AGREED = "agreed"
    UNSETTLED = "unsettled"  # the talks ended without a yes
    FULFILLED = "fulfilled"
    ANSWERED = "answered"  # a consultation or a suggestion
    FOLLOWED_UP = "followed_up"
    CLOSED = "closed"


class IllegalMove(Refused):
    """Not possible in the state in which the case is."""


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to a case, in the past tense, with who did it and when."""

    name: str
    at: datetime
    actor: Actor
    body: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Case:
    """A case as its events leave it.

    complaint    the facts as last known, as recorded: customer and order stand there by reference
    edition      digest of the policy's edition, which is pinned for the case
    changed      number of the last event that changed anything
    decision     id of the newest decision
    ground       id of the decision with which the talks began
    rounds       events of the talks that run or ran last
    talk         which talks: one more each time the case was opened again
    people       everybody who did something in it, so that a review can be somebody else's
    told         the result was told to the customer
    open_duties  promises and approvals that still wait for somebody
    lapsed       approvals that are worth nothing any more, voided or unused in time
    signals      what a person confirmed; it stays until a person takes it back
    contradicted signals that stay although the newest diagnosis says that they are not so
    dangers      what came up after the talks were over
    """

    id: str
    kind: str
    state: State
    owner: str
    complaint: Mapping[str, Any]
    edition: str
    opened_at: datetime
    version: int = 1
    changed: int = 1
    talk: int = 1
    offered_to: str | None = None
    decision: str | None = None
    ground: str | None = None
    rounds: tuple[Event, ...] = ()
    people: frozenset[str] = frozenset()
    told: bool = False
    review: str | None = None
    linked_to: str | None = None
    hold: str | None = None
    open_duties: frozenset[str] = frozenset()
    lapsed: frozenset[str] = frozenset()
    fulfilled_at: datetime | None = None
    closed_at: datetime | None = None
    signals: tuple[str, ...] = ()
    contradicted: tuple[str, ...] = ()
    dangers: tuple[str, ...] = ()
    said: str | None = field(default=None)


_TALK = frozenset({State.SUGGESTED, State.TALKING})
_BEFORE_TALKS = frozenset({State.OPENED, State.DIAGNOSED, State.SUGGESTED})
_RUNNING = frozenset({*_BEFORE_TALKS, State.TALKING})
_AFTER_TALKS = frozenset({State.AGREED, State.UNSETTLED, State.FULFILLED, State.ANSWERED, State.FOLLOWED_UP})
_OPEN = frozenset({*_RUNNING, *_AFTER_TALKS})
_ALL = frozenset(State)

_ROUNDS = (
    "confirmed items_split offered overridden accepted countered ranked wished refused silent left "
    "threatened self_harm_told safety_raised legal_action_taken part_blocked facts_changed approved denied"
)
ROUNDS = frozenset(_ROUNDS.split())
"""What happens in talks; `negotiation` gives each its meaning."""

MOVES: Mapping[str, tuple[frozenset[State], State | None]] = {
    # event: from which states, to which; None stays
    "hand_over_offered": (_OPEN, None),
    "handed_over": (_OPEN, None),
    "hand_over_declined": (_OPEN, None),
    "taken_over": (_OPEN, None),
    "reassigned": (_OPEN, None),
    "hand_over_lapsed": (_OPEN, None),
    "signals_confirmed": (_RUNNING, None),
    "informed": (_OPEN, None),
    "diagnosed": (_BEFORE_TALKS, State.DIAGNOSED),
    "suggested": (frozenset({State.DIAGNOSED, State.SUGGESTED}), State.SUGGESTED),
    **dict.fromkeys(ROUNDS, (_TALK, State.TALKING)),
    "part_blocked": (_TALK | {State.AGREED}, State.TALKING),
    "agreed": (frozenset({State.TALKING}), State.AGREED),
    "talks_ended": (frozenset({State.TALKING}), State.UNSETTLED),
    "danger_heard": (_AFTER_TALKS | {State.CLOSED}, None),
    "offer_lapsed": (_ALL, None),
    "answered": (_BEFORE_TALKS, State.ANSWERED),
    "approval_requested": (_OPEN, None),
    "approval_given": (_OPEN, None),
    "approval_declined": (_OPEN, None),
    "approval_sent_back": (_OPEN, None),
    "approval_assigned": (_OPEN, None),
    "approval_escalated": (_OPEN, None),
    "approval_expired": (_OPEN, None),
    "approval_voided": (_OPEN, None),
    "approval_used": (_OPEN, None),
    "approval_bypassed": (_TALK, None),
    "bypass_reviewed": (_ALL, None),
    "promise_made": (_OPEN, None),
    "promise_kept": (_OPEN, None),
    "promise_broken": (_ALL, None),
    "promise_replaced": (_OPEN, None),
    "fulfilled": (frozenset({State.AGREED}), State.FULFILLED),
    "result_told": (_AFTER_TALKS | {State.CLOSED}, None),
    "followed_up": (frozenset({State.FULFILLED, State.UNSETTLED}), State.FOLLOWED_UP),
    "closed": (frozenset({State.FOLLOWED_UP, State.ANSWERED}), State.CLOSED),
    "reopened": (_AFTER_TALKS | {State.CLOSED}, State.OPENED),
    "review_requested": (_AFTER_TALKS | {State.CLOSED}, None),
    "reviewed": (_ALL, None),
    "clocks_started": (_ALL, None),
    "clock_paused": (_OPEN, None),
    "clock_resumed": (_OPEN, None),
    "clock_stopped": (_ALL, None),
    "dated": (_ALL, None),
    "reminded": (_ALL, None),
    "escalated": (_ALL, None),
    "held": (_ALL, None),
    "hold_released": (_ALL, None),
    "identity_erased": (_ALL, None),
}
"""Every event after `opened`. What else a move needs is in `needs`."""


_QUIET = frozenset({"reminded", "escalated"})
"""What only says that time went by: who read the case before has still read it as it is."""


def open_case(case_id: str, event: Event) -> Case:
    """The case that an `opened` event begins; who opens it owns it until it is handed over."""
    body = event.body
    return Case(
        id=case_id,
        kind=body["complaint"]["case"]["kind"],
        state=State.OPENED,
        owner=event.actor.name,
        complaint=body["complaint"],
        edition=body["edition"],
        opened_at=event.at,
        people=frozenset({event.actor.name}),
        linked_to=body.get("linked_to"),
        said=body.get("said"),
    )


def after(case: Case, event: Event) -> Case:
    """The case after one more event. Raises IllegalMove, saying what would be possible."""
    states, to = MOVES[event.name]
    if case.state not in states:
        raise IllegalMove(_not_now(case, event.name))
    if (why := missing(case, event)) is not None:
        raise IllegalMove(f"case {case.id}: {why}")
    moved = replace(
        case,
        state=to or case.state,
        version=case.version + 1,
        changed=case.changed if event.name in _QUIET else case.version + 1,
        people=case.people | _hands(event),
    )
    if event.name in ROUNDS:
        moved = replace(moved, rounds=(*case.rounds, event))
    return _CHANGES.get(event.name, _unchanged)(moved, event)


def _hands(event: Event) -> frozenset[str]:
    """Who did it, and in whose place; nobody where time alone did."""
    giver = event.body.get("in_place_of")
    return frozenset({event.actor.name, *([giver] if giver else [])}) - {PROGRAM}


def fold(case_id: str, events: Iterable[Event]) -> Case:
    """The case that a whole history tells."""
    first, *later = events
    case = open_case(case_id, first)
    for event in later:
        case = after(case, event)
    return case


def ends_of_talks(case_id: str, events: Iterable[Event]) -> dict[int, tuple[Case, Event]]:
    """How each of the talks ended, and the case as it stood then; what is chosen anew has not ended."""
    first, *later = events
    case, ends = open_case(case_id, first), dict[int, tuple[Case, Event]]()
    for event in later:
        case = after(case, event)
        if event.name in ("agreed", "talks_ended"):
            ends[case.talk] = case, event
        elif event.name == "part_blocked":
            ends.pop(case.talk, None)
    return ends


def possible(case: Case) -> list[str]:
    """The events that the state of a case allows, rounds of talk as one."""
    names = [name for name, (states, _) in MOVES.items() if case.state in states and name not in ROUNDS]
    return (["a round of talk"] if case.state in _TALK else []) + names


def may_happen(case: Case, name: str) -> bool:
    """Whether an event is possible now, as far as that can be told before it is told whole."""
    blank = Event(name, case.opened_at, Actor(case.owner, Role.AGENT), {})
    return case.state in MOVES[name][0] and (name not in _KNOWN_BEFORE or missing(case, blank) is None)


_KNOWN_BEFORE = frozenset(
    {"suggested", "answered", "fulfilled", "closed", "reopened", "review_requested", "hold_released"}
)
"""Events whose other needs look at the case alone."""


def _not_now(case: Case, name: str) -> str:
    """Why a move is not possible in this state: what stands in the way, and what can be done."""
    first = in_the_way_of_closing(case) if name == "closed" else []
    told = deed_text("round" if name in ROUNDS else name, "en")
    state = own_text("case_state", case.state, "en")
    why = f"; first: {'; '.join(first)}" if first else ""
    can = "; ".join(deeds("round" if each == "a round of talk" else each for each in possible(case)))
    return f"case {case.id} is {state}. Not possible now: {told}{why}. Possible: {can}"


# ---------------------------------------------------------------- what a move changes beside the state


def _unchanged(case: Case, _event: Event) -> Case:
    return case


def _reassigned(case: Case, event: Event) -> Case:
    """Somebody left who had the case, or was asked to take it over: another is in their place."""
    left, to = event.body["from"], event.body["to"]
    owner = to if case.owner == left else case.owner
    asked = to if case.offered_to == left else case.offered_to
    return replace(case, owner=owner, offered_to=None if asked == owner else asked)


def _reopened(case: Case, _event: Event) -> Case:
    return replace(
        case,
        talk=case.talk + 1,
        rounds=(),
        told=False,
        decision=None,
        ground=None,
        dangers=(),
        fulfilled_at=None,
        closed_at=None,
    )


def _diagnosed(case: Case, event: Event) -> Case:
    """The newest facts, and the confirmed signals that they contradict."""
    body = event.body
    return replace(case, complaint=body["complaint"], contradicted=tuple(body.get("contradicts", ())))


def _began(case: Case, event: Event) -> Case:
    return replace(case, open_duties=case.open_duties | {_duty_of(event)})


def _ended(case: Case, event: Event) -> Case:
    return replace(case, open_duties=case.open_duties - {_duty_of(event)})


def _lapsed(case: Case, event: Event) -> Case:
    return replace(_ended(case, event), lapsed=case.lapsed | {_duty_of(event)})


def _duty_of(event: Event) -> str:
    return str(event.body.get("promise") or event.body["approval"])


def _reviewed(case: Case, event: Event) -> Case:
    """The answer of a review is part of the result: it is still to be told, in a closed case too."""
    return replace(case, review=event.body["outcome"], told=False)


_CHANGES: Mapping[str, Callable[[Case, Event], Case]] = {
    "hand_over_offered": lambda case, event: replace(case, offered_to=event.body["to"]),
    "handed_over": lambda case, event: replace(case, owner=event.actor.name, offered_to=None),
    **dict.fromkeys(
        ("hand_over_declined", "hand_over_lapsed"), lambda case, _: replace(case, offered_to=None)
    ),
    "taken_over": lambda case, event: replace(case, owner=event.actor.name, offered_to=None),
    "reassigned": _reassigned,
    "signals_confirmed": lambda case, event: replace(
        case,
        # A suggestion that was made without them does not fit any more: ask for another.
        state=State.DIAGNOSED if case.state is State.SUGGESTED else case.state,
        complaint=event.body["complaint"],
        signals=tuple(sorted({*case.signals, *event.body["signals"]} - {*event.body["withdrawn"]})),
        contradicted=tuple(sorted({*case.contradicted} - {*event.body["signals"], *event.body["withdrawn"]})),
    ),
    "diagnosed": _diagnosed,
    "danger_heard": lambda case, event: replace(case, dangers=(*case.dangers, event.body["kind"])),
    "suggested": lambda case, event: replace(
        case, decision=event.body["decision"], ground=event.body["decision"]
    ),
    "facts_changed": lambda case, event: replace(_diagnosed(case, event), decision=event.body["decision"]),
    # Another end than was told before is another result to tell.
    **dict.fromkeys(("agreed", "talks_ended"), lambda case, _: replace(case, told=False)),
    **dict.fromkeys(("answered", "result_told"), lambda case, _: replace(case, told=True)),
    "approval_requested": _began,
    **dict.fromkeys(
        ("approval_given", "approval_declined", "approval_sent_back"),
        _ended,
    ),
    **dict.fromkeys(("approval_expired", "approval_voided"), _lapsed),
    "approval_bypassed": _began,
    "bypass_reviewed": _ended,
    "promise_made": _began,
    "promise_kept": _ended,
    "promise_replaced": _ended,
    "fulfilled": lambda case, event: replace(case, fulfilled_at=event.at),
    "closed": lambda case, event: replace(case, closed_at=event.at),
    "reopened": _reopened,
    "review_requested": lambda case, _: replace(case, review="requested"),
    "reviewed": _reviewed,
    "held": lambda case, event: replace(case, hold=event.body["why"]),
    "hold_released": lambda case, _: replace(case, hold=None),
}
