"""What a move in the life of a case needs beside its state, and in words what can be done instead."""

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING

from settlement.decision.phrases import own_text, own_texts

if TYPE_CHECKING:
    from settlement.cases.lifecycle import Case, Event


def deed_text(event: str, language: str) -> str:
    """What somebody does so that an event happens, in words; what no person does stays as it is told."""
    return own_text("deed" if event in own_texts()["deed"] else "event", event, language)


def deeds(events: Iterable[str]) -> list[str]:
    """What people can do, in words, each once; what happens by itself is left out."""
    return list(dict.fromkeys(deed_text(each, "en") for each in events if each in own_texts()["deed"]))


def _needs_receiver(case: "Case", event: "Event") -> str | None:
    if case.offered_to is None:
        return "nobody was asked to take it over"
    if event.actor.name != case.offered_to:
        return f"{case.offered_to} was asked to take it over, not {event.actor.name}"
    return None


def _needs_somebody_else(case: "Case", event: "Event") -> str | None:
    return "its owner has it already" if event.body["to"] == case.owner else None


def _needs_another_owner(case: "Case", event: "Event") -> str | None:
    return "you own it already" if event.actor.name == case.owner else None


def in_the_way_of_closing(case: "Case") -> list[str]:
    """All that must be done before a case is closed, in the order in which it is done."""
    promises = sorted(each for each in case.open_duties if each.startswith("p-"))
    others = sorted(case.open_duties - {*promises})
    found = [_UNDECIDED[case.kind == "complaint"]] if case.state in ("opened", "diagnosed") else []
    found += ["the talks are not over"] if case.state in ("suggested", "talking") else []
    found += [f"these promises wait still, keep or replace them: {', '.join(promises)}"] if promises else []
    found += [f"these approvals wait still, decide them: {', '.join(others)}"] if others else []
    found += [] if case.told else ["the result has not been told to the customer: tell it"]
    found += ["a review was asked for and is not done"] if case.review == "requested" else []
    is_visited = case.state in ("followed_up", "answered", "closed")
    return found + ([] if is_visited or case.kind != "complaint" else ["nobody followed up how it went"])


_UNDECIDED = {True: "nothing was offered and agreed yet", False: "it has not been answered"}


def _needs_told(case: "Case", _event: "Event") -> str | None:
    return "; ".join(in_the_way_of_closing(case)) or None


def _needs_complaint(case: "Case", _event: "Event") -> str | None:
    return None if case.kind == "complaint" else f"a {case.kind} gets an answer and no offers"


def _needs_no_complaint(case: "Case", _event: "Event") -> str | None:
    return "a complaint is diagnosed and gets an offer" if case.kind == "complaint" else None


def _needs_kept_promises(case: "Case", _event: "Event") -> str | None:
    return f"these wait still: {', '.join(sorted(case.open_duties))}" if case.open_duties else None


def _needs_outsider(case: "Case", event: "Event") -> str | None:
    if case.review != "requested":
        return "no review was asked for"
    if event.actor.name in case.people:
        return f"{event.actor.name} had a hand in it: somebody else reviews"
    return None


def _needs_end(case: "Case", event: "Event") -> str | None:
    if case.state == "closed" or event.body.get("review"):
        return None
    return "it is not closed yet: only a review opens it again before that"


NEEDS: Mapping[str, Callable[["Case", "Event"], str | None]] = {
    "hand_over_offered": _needs_somebody_else,
    "handed_over": _needs_receiver,
    "hand_over_declined": _needs_receiver,
    "taken_over": _needs_another_owner,
    "reassigned": lambda case, event: (
        None if event.body["from"] in (case.owner, case.offered_to) else "it was not in those hands"
    ),
    "suggested": _needs_complaint,
    "answered": _needs_no_complaint,
    "fulfilled": _needs_kept_promises,
    "closed": _needs_told,
    "review_requested": lambda case, _: "a review runs already" if case.review == "requested" else None,
    "reopened": _needs_end,
    "reviewed": _needs_outsider,
    "hold_released": lambda case, _: None if case.hold else "it is not held",
}


def missing(case: "Case", event: "Event") -> str | None:
    """What a move lacks although the state allows it; None where nothing."""
    need = NEEDS.get(event.name)
    return need(case, event) if need else None
