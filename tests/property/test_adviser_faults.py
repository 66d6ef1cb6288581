"""The laws of negotiation can fail: fifteen seeded faults, each caught within 300 talks."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from settlement.decision import offers
from settlement.decision.answer import Rung
from settlement.money import Money
from settlement.negotiation import advice, moves
from settlement.negotiation import events as told
from settlement.negotiation.items import OnOffer
from settlement.negotiation.talks import Settled, State, Talk
from tests.talks import Talks

WITHIN = settings(
    max_examples=300,
    stateful_step_count=20,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
    database=None,
    print_blob=False,
)
CENT = Money(1, "CNY")
Patch = pytest.MonkeyPatch
Fault = Callable[[Patch], None]


def instead(patch: Patch, where: Any, name: str, change: Callable[..., Any]) -> None:
    """Let `change(real, …)` stand in for a function."""
    real = getattr(where, name)
    patch.setattr(where, name, lambda *args: change(real, *args))


def on(patch: Patch, event: type, change: Callable[..., Talk]) -> None:
    """Let `change(real, talk, event)` stand in for what an event does."""
    states, real = moves._MOVES[event]
    patch.setitem(
        moves._MOVES,
        event,
        (states, lambda talk, one, authority: change(lambda t, e: real(t, e, authority), talk, one)),
    )


def settled(talk: Talk, number: int = 1, amount: Money | None = None) -> Talk:
    options = talk.table.options
    option = next((each for each in options if each.id == number), options[0] if options else None)
    return replace(talk, state=State.SETTLED, settled=Settled(option, amount or talk.table.amount))


def below_the_floor(patch: Patch) -> None:
    instead(
        patch, moves, "sum_at", lambda real, talk, rung: max(talk.decided.range.floor - CENT, CENT - CENT)
    )


def above_the_ceiling(patch: Patch) -> None:
    def lifted(real: Callable[..., Money], talk: Talk, rung: Rung) -> Money:
        return talk.decided.range.ceiling + CENT if rung is Rung.FINAL else real(talk, rung)

    instead(patch, moves, "sum_at", lifted)


def new_facts_take_the_offer_back(patch: Patch) -> None:
    def forget(real: Callable[..., Talk], talk: Talk, event: told.FactsChanged) -> Talk:
        fresh = replace(talk, decided=event.decided, table=None)
        return moves._due(fresh, Rung.OPENING, "opening_due") if talk.table else real(talk, event)

    on(patch, told.FactsChanged, forget)


def any_yes_is_a_yes(patch: Patch) -> None:
    on(patch, told.Accepted, lambda real, talk, event: settled(talk, event.option or 1))


def a_counter_below_the_offer_settles(patch: Patch) -> None:
    def take(real: Callable[..., Talk], talk: Talk, event: told.Countered) -> Talk:
        is_less = talk.state is State.OPEN and event.amount < talk.table.amount
        return settled(talk, 1, event.amount) if is_less else real(talk, event)

    on(patch, told.Countered, take)


def there_is_no_last_round(patch: Patch) -> None:
    patch.setattr(
        moves, "_answered", lambda talk, answer: answer(replace(talk, answers=talk.answers + 1, silences=0))
    )


def nobody_asks_for_authority(patch: Patch) -> None:
    for where in (moves, advice):
        patch.setattr(where, "may_put", lambda *args: True)


def a_late_yes_opens_what_is_closed(patch: Patch) -> None:
    def late(real: Callable[..., Talk], talk: Talk, event: Any, authority: Any) -> Talk:
        is_late = talk.state is State.CLOSED and talk.table and isinstance(event, told.Accepted)
        return settled(talk, event.option or 1) if is_late else real(talk, event, authority)

    instead(patch, moves, "hear", late)


def another_option_is_settled(patch: Patch) -> None:
    def other(real: Callable[..., Talk], talk: Talk, event: told.Accepted) -> Talk:
        found = real(talk, event)
        return settled(found, len(talk.table.options)) if found.settled else found

    on(patch, told.Accepted, other)


def the_items_betray_the_ceiling(patch: Patch) -> None:
    def betray(real: Callable[..., Any], items: Any, shown: OnOffer) -> Any:
        return real(items, replace(shown, amount=ceiling[-1]) if shown.amount else shown)

    ceiling: list[Money] = []
    instead(patch, advice, "show_items", betray)

    def watch(real: Callable[..., Any], talk: Talk, authority: Any) -> Any:
        ceiling.append(talk.decided.range.ceiling)
        return real(talk, authority)

    instead(patch, advice, "_scene", watch)


def a_threat_raises_the_offer(patch: Patch) -> None:
    on(patch, told.Threatened, lambda real, talk, event: moves._due(talk, Rung.FINAL, "answer_has_content"))


def an_override_is_never_checked(patch: Patch) -> None:
    def put(real: Callable[..., Talk], talk: Talk, event: told.Overridden) -> Talk:
        found = offers.offer_at(talk.decided, talk.rung, event.amount, talk.wishes).offer
        return replace(moves._put(talk, found), overruled=talk.overruled + 1)

    on(patch, told.Overridden, put)


def silence_is_consent(patch: Patch) -> None:
    on(patch, told.Silent, lambda real, talk, event: settled(talk))


def a_bare_refusal_raises_the_offer(patch: Patch) -> None:
    on(patch, told.Refused, lambda real, talk, event: moves._answered(talk, moves._raise_or_explain))


def there_is_no_pure_cash(patch: Patch) -> None:
    instead(patch, offers, "build_menu", lambda real, *args: real(*args)[1:] or real(*args))


FAULTS: tuple[Fault, ...] = (
    below_the_floor,
    above_the_ceiling,
    new_facts_take_the_offer_back,
    any_yes_is_a_yes,
    a_counter_below_the_offer_settles,
    there_is_no_last_round,
    nobody_asks_for_authority,
    a_late_yes_opens_what_is_closed,
    another_option_is_settled,
    the_items_betray_the_ceiling,
    a_threat_raises_the_offer,
    an_override_is_never_checked,
    silence_is_consent,
    a_bare_refusal_raises_the_offer,
    there_is_no_pure_cash,
)


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
def test_a_seeded_fault_is_caught_within_300_talks(monkeypatch, fault):
    fault(monkeypatch)
    with pytest.raises(AssertionError):
        run_state_machine_as_test(Talks, settings=WITHIN)


def test_there_are_fifteen_of_them():
    assert len(FAULTS) == 15
