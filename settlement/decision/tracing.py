"""The way to each amount, told so that it can be checked by hand: rows, formulas, sums."""

from collections.abc import Iterable
from dataclasses import asdict
from fractions import Fraction

from settlement.decision.answer import Evaluated, Owed, Range, Reason, Sum
from settlement.decision.balance_point import desert, room
from settlement.decision.entitlement import VERIFIED_LOSS
from settlement.decision.worth import Worth
from settlement.money import Money, Rounding, write_rate
from settlement.rules.book import Hit
from settlement.rules.evaluate import Evaluation
from settlement.rules.policy import BalanceTerms


def traced(evaluations: Iterable[Evaluation]) -> tuple[Evaluated, ...]:
    """The steps of every evaluation, as plain data."""
    return tuple(
        Evaluated(book=e.edition.id, edition=e.edition.edition, steps=tuple(asdict(step) for step in e.steps))
        for e in evaluations
    )


def row_reasons(evaluation: Evaluation) -> list[Reason]:
    """The rows that decided: those taken, and under `highest` those that gave the highest value."""
    edition = evaluation.edition
    reasons = []
    for matched in evaluation.rows:
        table_id, _, row_id = matched.partition(".")
        table = edition.tables[table_id]
        row = next((row for row in table.rows if row.id == row_id), None)
        outputs = zip(table.outputs, row.outputs, strict=True) if row else ()
        if table.hit is not Hit.HIGHEST or any(out.value == evaluation.values.get(c.name) for c, out in outputs):
            reasons.append(Reason(code="row", book=edition.id, table=table_id, row=row_id))
    return reasons


def ceiling_reason(found: Range, interest: Money, terms: BalanceTerms) -> Reason:
    """Which bound set the ceiling."""
    if found.ceiling == found.base:
        return Reason(code="ceiling_is_base")
    if found.ceiling == found.base + interest:
        return Reason(code="ceiling_by_interest")
    by_kappa = found.base.scale(terms.kappa - 1, Rounding.DOWN) >= terms.small_room
    return Reason(code="ceiling_by_kappa" if by_kappa else "ceiling_by_small_room")


def opening_reason(found: Range, *, only_face: bool) -> Reason:
    """Why the opening lies where it does."""
    if not found.opening:
        return Reason(code="nothing_to_pay")
    if only_face:
        return Reason(code="opening_is_base_for_face")
    return Reason(code="opening_at_ceiling" if found.opening == found.ceiling else "opening_saves_a_round")


def sums_of(
    owed: Iterable[Owed],
    liability: Fraction,
    verified_loss: Money | None,
    award: Money,
    worth: Worth,
    interest: Money,
    found: Range,
    final: Money,
    terms: BalanceTerms,
) -> list[Sum]:
    """Every amount of the range with its operands; each can be recomputed from the line alone."""
    rate = write_rate(liability)
    owed_parts = {f"{each.head} from {each.from_}": each.amount.amount for each in owed}
    lines = [_line("floor", "sum of what is owed", owed_parts, found.floor)]
    if any(each.from_ == VERIFIED_LOSS for each in owed) and verified_loss is not None:
        share = verified_loss.scale(liability, Rounding.UP)
        operands = {"liability": rate, "verified_loss": verified_loss.amount}
        lines.insert(0, _line("loss", "liability * verified_loss, rounded up", operands, share))
    deserved = desert(liability, award)
    value = {
        "retention": write_rate(worth.retention_gain),
        "lifetime": worth.lifetime.amount.amount,
        "influence": worth.influence.amount.amount,
        "escalation_cost": worth.escalation_cost.amount,
    }
    at_stake = "retention * (lifetime + min(influence, lifetime)), rounded up, + escalation_cost"
    room_terms = {
        "base": found.base.amount,
        "kappa": write_rate(terms.kappa),
        "small_room": terms.small_room.amount,
    }
    allowed = room(found.base, terms)
    return [
        *lines,
        _line(
            "desert", "liability * award, rounded up", {"liability": rate, "award": award.amount}, deserved
        ),
        _line("base", "floor + desert", {"floor": found.floor.amount, "desert": deserved.amount}, found.base),
        _line(
            "interest",
            at_stake if interest else "0: abuse is established, or nothing is owed",
            value,
            interest,
        ),
        _line("room", "max((kappa - 1) * base, rounded down, small_room)", room_terms, allowed),
        _line(
            "ceiling",
            "base + min(interest, room)",
            _written(base=found.base, interest=interest, room=allowed),
            found.ceiling,
        ),
        _line(
            "balance_point",
            "base + beta * (ceiling - base), rounded up",
            {"beta": write_rate(terms.beta)} | _written(base=found.base, ceiling=found.ceiling),
            found.balance_point,
        ),
        _line(
            "opening",
            "min(ceiling, balance_point + round_cost); base for face only",
            _written(
                ceiling=found.ceiling,
                balance_point=found.balance_point,
                round_cost=terms.round_cost,
                base=found.base,
            ),
            found.opening,
        ),
        _line(
            "final",
            "min(ceiling, max(opening, sum named))",
            _written(ceiling=found.ceiling, opening=found.opening),
            final,
        ),
    ]


def _line(name: str, formula: str, operands: dict[str, str], amount: Money) -> Sum:
    return Sum(name=name, formula=formula, operands=operands, amount=amount)


def _written(**amounts: Money) -> dict[str, str]:
    return {name: amount.amount for name, amount in amounts.items()}
