"""The laws of a decision. Each is a function that raises AssertionError where it is broken.

ALONE      laws of one decision
TOGETHER   laws of two decisions, with how the second comes from the first

They do not use the code that they judge: instruments, limits and parameters are read from the text of
the policy, and every amount is computed again here from the operands that the trace names.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from random import Random
from typing import Any

from settlement.complaint import Complaint
from settlement.decision import decide as deciding
from settlement.decision.answer import Decision, Offer, Option
from settlement.money import Money
from settlement.roles import LEVELS
from settlement.rules.live_policy import Policy
from tests.builders import a_policy, granted, packs
from tests.generated import louder, more_severe, more_valuable, of_another_person, received_on
from tests.trace_sums import FORMULAS, down, minor, operands, up


@dataclass(frozen=True)
class Judged:
    """A complaint and what was decided."""

    complaint: Complaint
    policy: Policy
    decision: Decision

    @property
    def amounts(self) -> tuple[int, int, int, int, int]:
        """Floor, base, balance point, ceiling, opening; all 0 for what is no complaint."""
        found = self.decision.range
        if found is None:
            return 0, 0, 0, 0, 0
        return tuple(money.minor for _, money in found)

    @property
    def only_face(self) -> bool:
        return self.complaint.complaint.wants == "face"

    @property
    def is_nothing_due(self) -> bool:
        return self.decision.liability == 0 and not self.decision.owed

    @property
    def is_abuse(self) -> bool:
        customer = self.complaint.customer
        return bool(customer and customer.abuse and customer.abuse.established)

    @property
    def owed_in_money(self) -> int:
        return sum(owed.amount.minor for owed in self.decision.owed if owed.owed_in == "money")

    @property
    def text(self) -> Mapping[str, Any]:
        """The policy's text as data."""
        return self.policy.edition.data


def judge(complaint: Complaint, policy: Policy | None = None) -> Judged:
    policy = policy or a_policy()
    return Judged(complaint, policy, deciding.decide(complaint, policy, packs(), granted()))


def percent(text: str) -> Fraction:
    return Fraction(text.removesuffix("%")) / (100 if text.endswith("%") else 1)


# ---- one decision


def the_range_is_in_order(judged: Judged) -> None:
    floor, base, point, ceiling, opening = judged.amounts
    assert floor <= base <= point <= ceiling, judged.amounts
    assert base <= opening <= ceiling, judged.amounts
    assert judged.only_face or point <= opening, judged.amounts
    assert not judged.only_face or opening == base, judged.amounts


def the_ceiling_keeps_its_bound(judged: Judged) -> None:
    _, base, _, ceiling, _ = judged.amounts
    terms = judged.text["balance"]
    bound = max(down(Fraction(terms["kappa"]) * base), base + minor(terms["small_room"]))
    assert ceiling <= bound, f"ceiling {ceiling} above {bound}"


def where_nothing_is_due_nothing_is_paid_and_much_is_said(judged: Judged) -> None:
    """And the other way round: zero is never silent, and never without this reason."""
    decision = judged.decision
    if decision.range is None:
        return
    assert judged.is_nothing_due == (judged.amounts[4] == 0), f"opening {judged.amounts[4]}"
    assert any(gesture.startswith("explain") for offer in decision.offers for gesture in offer.gestures)
    assert all(offer.prevention for offer in decision.offers)
    if judged.is_nothing_due:
        assert judged.amounts == (0, 0, 0, 0, 0)
        (offer,) = decision.offers
        assert (offer.rung, offer.amount.minor, offer.options) == ("opening", 0, ())
        assert any(reason.code == "nothing_to_pay" for reason in decision.reasons)
    assert (decision.gift is not None) == (judged.is_nothing_due and not judged.is_abuse)


def every_option_has_exactly_the_value_of_its_rung(judged: Judged) -> None:
    paid = judged.complaint.order.paid.minor if judged.complaint.order else None
    for offer, option in options(judged.decision):
        noncash = sum(standard_value(judged, part.instrument, part.face.minor, paid) for part in option.parts)
        assert option.cash.minor + noncash == offer.amount.minor, f"{option} is not worth {offer.amount}"
        assert option.standard_value == offer.amount
        assert option.cost.minor == option.cash.minor + sum(part_cost(judged, part) for part in option.parts)


def cash_covers_what_is_owed_in_money(judged: Judged) -> None:
    for offer, option in options(judged.decision):
        assert option.cash.minor >= judged.owed_in_money, f"{option.cash} is less than is owed"
        assert offer.amount.minor >= judged.amounts[0]


def the_first_option_is_cash_and_the_others_cost_less(judged: Judged) -> None:
    ladder = judged.text["ladder"]
    for offer in judged.decision.offers:
        if offer.amount.minor:
            pure, *others = offer.options
            assert (pure.cash, pure.cost, pure.parts) == (offer.amount, offer.amount, ())
            assert [option.id for option in offer.options] == list(range(1, len(offer.options) + 1))
            assert len(others) < ladder["max_options"]
            assert all(1 <= len(option.parts) <= ladder["noncash_parts"] for option in others)
            assert all(option.cost < offer.amount for option in others), f"{others} cost too much"
            least = percent(ladder["noncash_share"]) * offer.amount.minor
            assert all(offer.amount.minor - option.cash.minor >= least for option in others)
            kinds = [main_kind(judged, option) for option in others]
            assert len(set(kinds)) == len(kinds), f"twice the same: {kinds}"


def every_part_suits_the_goods_and_the_problem(judged: Judged) -> None:
    order = judged.complaint.order
    for _, option in options(judged.decision):
        kinds = [instrument(judged, part.instrument)["kind"] for part in option.parts]
        assert sum(kind in ("refund", "exchange", "repair", "dispatch") for kind in kinds) <= 1, kinds
        assert not {"refund", "accessory"} <= set(kinds)
        for part in option.parts:
            given = instrument(judged, part.instrument)
            problem, category = judged.complaint.complaint.problem, order and order.category
            assert problem in given.get("problems", [problem])
            assert category in given.get("categories", [category])


def the_final_rung_meets_the_demand_below_the_ceiling(judged: Judged) -> None:
    *_, ceiling, opening = judged.amounts
    demand = judged.complaint.complaint.demand
    if demand is None:
        highest = opening if judged.only_face else ceiling
    else:
        highest = min(ceiling, max(opening, demand.minor))
    expected = [opening, highest] if highest > opening else [opening]
    found = [offer.amount.minor for offer in judged.decision.offers]
    assert judged.decision.range is None or found == expected, f"{found} instead of {expected}"


def there_are_always_reasons(judged: Judged) -> None:
    decision = judged.decision
    tables = {reason.table for reason in decision.reasons}
    assert {"severity", "liability", "routing"} <= tables
    assert decision.approval.reasons
    if decision.range is not None:
        assert "approval" in tables
        assert ("award" in tables) == bool(decision.liability or decision.range.floor)
        codes = [reason.code for reason in decision.reasons if reason.table is None]
        assert len(codes) == 2, codes


def the_floor_is_what_is_owed(judged: Judged) -> None:
    """The highest binding amount under each head; the proven loss by our share."""
    heads: dict[str, int] = {}
    amounts = [(pack.heads[0], pack.amount) for pack in judged.decision.packs if pack.binds and pack.heads]
    verified = judged.complaint.complaint.loss.verified
    if verified is not None:
        amounts.append(("loss", Money(up(judged.decision.liability * verified.minor), "CNY")))
    for head, amount in amounts:
        heads[head] = max(heads.get(head, 0), amount.minor if amount else 0)
    if judged.decision.range is not None:
        assert judged.amounts[0] == sum(heads.values()), f"{heads} make no {judged.amounts[0]}"
        found = {owed.head: owed.amount.minor for owed in judged.decision.owed}
        assert found == {head: amount for head, amount in heads.items() if amount}


def every_sum_can_be_computed_again(judged: Judged) -> None:
    lines = {line.name: line.amount.minor for line in judged.decision.trace.sums}
    for line in judged.decision.trace.sums:
        given = operands(line)
        assert FORMULAS[line.formula](given) == line.amount.minor, line
        assert all(lines.get(name, value) == value for name, value in given.items()), line
    if judged.decision.range is not None:
        found = tuple(lines[name] for name in ("floor", "base", "balance_point", "ceiling", "opening"))
        assert found == judged.amounts
        assert lines["final"] == judged.decision.offers[-1].amount.minor
        assert lines["interest"] == judged.decision.interest.minor


def abuse_takes_the_interest_and_nothing_else(judged: Judged) -> None:
    _, base, _, ceiling, opening = judged.amounts
    assert not judged.is_abuse or opening == ceiling == base, judged.amounts


def followers_alone_buy_nothing(judged: Judged) -> None:
    """Reach that is unverified, unmeasured, irrelevant or never spoke of us; and nobody beyond V."""
    value, customer = judged.decision.value, judged.complaint.customer
    if value is None:
        return
    influence = minor(value.influence.amount)
    assert influence <= min(minor(value.lifetime.amount), minor(judged.text["influence"]["cap"]))
    if customer and not customer.referrals and (reach := customer.reach):
        useful = reach.verified and reach.authentic and reach.engagement and reach.relevance
        assert influence == 0 or (useful and any(on < received_on(judged.complaint) for on in reach.mentions))


def nobody_grants_beyond_their_limits(judged: Judged) -> None:
    levels = [LEVELS.index(offer.approval) for offer in judged.decision.offers]
    assert levels == sorted(levels), "the higher rung needs no lower level"
    floor, limits = judged.amounts[0], judged.text["authority"]
    for offer in judged.decision.offers:
        if offer.approval != "director":
            assert floor <= minor(limits["owed"][offer.approval]["case"]), offer.approval
            assert offer.amount.minor - floor <= minor(limits["goodwill"][offer.approval]["case"])
    assert not judged.decision.offers or judged.decision.approval.level == judged.decision.offers[0].approval


def no_number_is_a_float(judged: Judged) -> None:
    json.loads(judged.decision.model_dump_json(), parse_float=_refuse, parse_constant=_refuse)


def _refuse(number: str) -> None:
    raise AssertionError(f"{number} is a float")


def only_a_complaint_gets_offers(judged: Judged) -> None:
    is_complaint = judged.complaint.case.kind == "complaint"
    assert bool(judged.decision.offers) == is_complaint
    assert (judged.decision.range is not None) == is_complaint
    assert judged.decision.clocks


ALONE: tuple[Callable[[Judged], None], ...] = (
    the_range_is_in_order,
    the_ceiling_keeps_its_bound,
    where_nothing_is_due_nothing_is_paid_and_much_is_said,
    every_option_has_exactly_the_value_of_its_rung,
    cash_covers_what_is_owed_in_money,
    the_first_option_is_cash_and_the_others_cost_less,
    every_part_suits_the_goods_and_the_problem,
    the_final_rung_meets_the_demand_below_the_ceiling,
    there_are_always_reasons,
    the_floor_is_what_is_owed,
    every_sum_can_be_computed_again,
    abuse_takes_the_interest_and_nothing_else,
    followers_alone_buy_nothing,
    nobody_grants_beyond_their_limits,
    no_number_is_a_float,
    only_a_complaint_gets_offers,
)


def options(decision: Decision) -> Iterable[tuple[Offer, Option]]:
    return ((offer, option) for offer in decision.offers for option in offer.options)


def instrument(judged: Judged, name: str) -> Mapping[str, Any]:
    return next(each for each in judged.text["instrument"] if each["id"] == name)


def standard_value(judged: Judged, name: str, face: int, paid: int | None) -> int:
    """What a part is worth to a customer; the face must be one that the policy offers."""
    given = instrument(judged, name)
    if given["kind"] == "refund":
        assert face == paid
        return down((1 - percent(given["goods_value"])) * face)
    if "fixed" in given:
        assert face == minor(given["fixed"])
    else:
        lo, hi, step = (minor(given[key]) for key in ("lo", "hi", "step"))
        assert face in range(lo, hi + 1, step)
    return down(percent(given["value"]) * face)


def part_cost(judged: Judged, part: Any) -> int:
    return up(percent(instrument(judged, part.instrument)["cost"]) * part.face.minor)


def main_kind(judged: Judged, option: Option) -> str:
    """The kind of the part that is worth most."""
    paid = judged.complaint.order.paid.minor if judged.complaint.order else None
    worth = {
        part.instrument: standard_value(judged, part.instrument, part.face.minor, paid)
        for part in option.parts
    }
    return instrument(judged, min(worth, key=lambda name: (-worth[name], name)))["kind"]


# ---- two decisions


def who_complains_moves_neither_floor_nor_base(one: Judged, other: Judged) -> None:
    assert one.amounts[:2] == other.amounts[:2], f"{one.amounts} became {other.amounts}"
    for name in ("severity", "liability", "owed", "award", "lead"):
        assert getattr(one.decision, name) == getattr(other.decision, name), name
    assert _case_clocks(one) == _case_clocks(other), "a clock looked at the person"


def _case_clocks(judged: Judged) -> list[Any]:
    return [clock for clock in judged.decision.clocks if not clock.what.startswith("approval_by")]


def loud_words_and_threats_move_no_amount(one: Judged, other: Judged) -> None:
    assert one.amounts == other.amounts, f"{one.amounts} became {other.amounts}"
    assert one.decision.value == other.decision.value
    sums = [[(offer.amount, offer.options) for offer in each.decision.offers] for each in (one, other)]
    assert sums[0] == sums[1]


def more_severe_never_gets_less(one: Judged, other: Judged) -> None:
    assert one.decision.severity.grade <= other.decision.severity.grade
    _nothing_falls(one, other)


def more_value_never_gets_less(one: Judged, other: Judged) -> None:
    assert one.amounts[:2] == other.amounts[:2], f"{one.amounts} became {other.amounts}"
    _nothing_falls(one, other)


def _nothing_falls(one: Judged, other: Judged) -> None:
    """Neither an amount of the range nor the last offer; the demand is the same."""
    pairs = list(zip(one.amounts, other.amounts, strict=True))
    assert all(less <= more for less, more in pairs), f"{one.amounts} became {other.amounts}"
    last, then = ([0, *(offer.amount.minor for offer in each.decision.offers)][-1] for each in (one, other))
    assert last <= then, f"the last offer of {last} became {then}"


def the_same_again_gives_the_same_bytes(one: Judged, other: Judged) -> None:
    assert one.decision.model_dump_json() == other.decision.model_dump_json()


def the_order_of_instruments_does_not_matter(one: Judged, other: Judged) -> None:
    the_same_again_gives_the_same_bytes(one, other)


def shuffled(rng: Random, policy: Policy) -> Policy:
    """The same policy, its instruments listed in another order."""
    instruments = rng.sample(policy.terms.instruments, len(policy.terms.instruments))
    return replace(policy, terms=replace(policy.terms, instruments=tuple(instruments)))


Second = Callable[[Random, Judged], Judged]

TOGETHER: Mapping[Callable[[Judged, Judged], None], Second] = {
    who_complains_moves_neither_floor_nor_base: lambda rng, one: judge(of_another_person(rng, one.complaint)),
    loud_words_and_threats_move_no_amount: lambda rng, one: judge(louder(rng, one.complaint)),
    more_severe_never_gets_less: lambda rng, one: judge(more_severe(rng, one.complaint)),
    more_value_never_gets_less: lambda rng, one: judge(more_valuable(rng, one.complaint)),
    the_same_again_gives_the_same_bytes: lambda rng, one: judge(one.complaint),
    the_order_of_instruments_does_not_matter: lambda rng, one: judge(
        one.complaint, shuffled(rng, one.policy)
    ),
}
