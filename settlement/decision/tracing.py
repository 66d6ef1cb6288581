"""The way to each amount, told so that it can be checked by hand: rows, formulas, sums."""

from collections.abc import Iterable
from dataclasses import fields
from typing import Any

from settlement.complaint import Matter, Wants
from settlement.decision.answer import Evaluated, Owed, Range, Reason, Sum
from settlement.decision.approval import Granted
from settlement.decision.balance_point import desert, room
from settlement.decision.entitlement import VERIFIED_LOSS
from settlement.decision.position import Position
from settlement.decision.worth import Worth
from settlement.money import Money, Rounding, write_rate
from settlement.rules.book import Hit, Row, Table
from settlement.rules.evaluate import Evaluation, Step
from settlement.rules.policy import BalanceTerms


def traced(evaluations: Iterable[Evaluation]) -> tuple[Evaluated, ...]:
    """The steps of every evaluation, as plain data."""
    return tuple(
        Evaluated(book=e.edition.id, edition=e.edition.edition, steps=tuple(_plain(step) for step in e.steps))
        for e in evaluations
    )


def _plain(step: Step) -> dict[str, Any]:
    return {part.name: getattr(step, part.name) for part in fields(step)}


def row_reasons(evaluation: Evaluation) -> list[Reason]:
    """The rows that decided: those taken, and under `highest` those that gave the highest value."""
    edition = evaluation.edition
    reasons = []
    for matched in evaluation.rows:
        table_id, _, row_id = matched.partition(".")
        table = edition.tables[table_id]
        row = next((row for row in table.rows if row.id == row_id), None)
        if table.hit is not Hit.HIGHEST or row is None or _gave_highest(table, row, evaluation):
            reasons.append(Reason(code="row", book=edition.id, table=table_id, row=row_id))
    return reasons


def _gave_highest(table: Table, row: Row, evaluation: Evaluation) -> bool:
    """Whether a row gave a value that was taken; one with a formula is taken to have."""
    outputs = zip(table.outputs, row.outputs, strict=True)
    return any(out.formula or out.value == evaluation.values.get(c.name) for c, out in outputs)


def reasons_of(evaluations: Iterable[Evaluation]) -> tuple[Reason, ...]:
    """Every row that decided, once, in the order of evaluation."""
    rows = (reason for evaluation in evaluations for reason in row_reasons(evaluation))
    return tuple({(reason.book, reason.table, reason.row): reason for reason in rows}.values())


def bound_reasons(position: Position, matter: Matter, terms: BalanceTerms) -> tuple[Reason, ...]:
    """Which bound set the ceiling, and why the opening lies where it does."""
    only_face = matter.wants is Wants.FACE
    ceiling = ceiling_reason(position.range, position.interest, terms)
    return ceiling, opening_reason(position.range, only_face=only_face)


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
    owed: Iterable[Owed], matter: Matter, worth: Worth, position: Position, terms: BalanceTerms
) -> tuple[Sum, ...]:
    """Every amount of the range with its operands; each can be recomputed from the line alone."""
    found = position.range
    return (
        *_owed_lines(tuple(owed), matter, position),
        *_base_lines(position),
        _interest_line(worth, position),
        *_bound_lines(position, terms),
        _opening_line(found, matter.wants, terms),
        _final_line(found, matter, position.final),
    )


def sums_left(whole: Position, left: Position, settled: Granted | None) -> tuple[Sum, ...]:
    """What is left of each amount after talks before these, with its operands; nothing in first talks."""
    if settled is None:
        return ()
    of_floor = _written(floor=whole.range.floor, settled_owed=settled.owed)
    lines = [_line("floor_left", "max(0, floor - settled_owed)", of_floor, left.range.floor)]
    for name in ("base", "balance_point", "ceiling", "opening", "final"):
        before, after = (_amount(each, name) for each in (whole, left))
        written = _written(floor_left=left.range.floor, amount=before, settled=settled.total)
        lines.append(_line(f"{name}_left", "max(floor_left, amount - settled)", written, after))
    return tuple(lines)


def _amount(position: Position, name: str) -> Money:
    amount = position.final if name == "final" else getattr(position.range, name)
    assert isinstance(amount, Money)
    return amount


def _owed_lines(owed: tuple[Owed, ...], matter: Matter, position: Position) -> list[Sum]:
    parts = {f"{each.head} from {each.from_}": each.amount.amount for each in owed}
    floor = _line("floor", "sum of what is owed", parts, position.range.floor)
    verified_loss = matter.loss.verified
    if verified_loss is None or all(each.from_ != VERIFIED_LOSS for each in owed):
        return [floor]
    share = verified_loss.scale(position.liability, Rounding.UP)
    operands = {"liability": write_rate(position.liability), "verified_loss": verified_loss.amount}
    return [_line("loss", "liability * verified_loss, rounded up", operands, share), floor]


def _base_lines(position: Position) -> tuple[Sum, Sum]:
    found, deserved = position.range, desert(position.liability, position.award)
    operands = {"liability": write_rate(position.liability), "award": position.award.amount}
    return (
        _line("desert", "liability * award, rounded up", operands, deserved),
        _line("base", "floor + desert", _written(floor=found.floor, desert=deserved), found.base),
    )


def _interest_line(worth: Worth, position: Position) -> Sum:
    value = {
        "retention": write_rate(worth.retention_gain),
        "lifetime": worth.lifetime.amount.amount,
        "influence": worth.influence.amount.amount,
        "escalation_cost": worth.escalation_cost.amount,
    }
    return _line("interest", _at_stake(worth, position), value, position.interest)


def _bound_lines(position: Position, terms: BalanceTerms) -> tuple[Sum, Sum, Sum]:
    found, interest = position.range, position.interest
    allowed = room(found.base, terms)
    room_terms = {"kappa": write_rate(terms.kappa)} | _written(base=found.base, small_room=terms.small_room)
    ceiling_terms = _written(base=found.base, interest=interest, room=allowed)
    point_terms = {"beta": write_rate(terms.beta)} | _written(base=found.base, ceiling=found.ceiling)
    return (
        _line("room", "max((kappa - 1) * base, rounded down, small_room)", room_terms, allowed),
        _line("ceiling", "base + min(interest, room)", ceiling_terms, found.ceiling),
        _line(
            "balance_point", "base + beta * (ceiling - base), rounded up", point_terms, found.balance_point
        ),
    )


def _at_stake(worth: Worth, position: Position) -> str:
    if worth.abuse_established:
        return "0: abuse is established"
    if not position.liable:
        return "0: we are not liable and nothing is owed"
    return "retention * (lifetime + min(influence, lifetime)), rounded up, + escalation_cost"


def _opening_line(found: Range, wants: Wants, terms: BalanceTerms) -> Sum:
    if wants is Wants.FACE:
        return _line("opening", "base, for face only", _written(base=found.base), found.opening)
    operands = _written(ceiling=found.ceiling, balance_point=found.balance_point, round_cost=terms.round_cost)
    return _line("opening", "min(ceiling, balance_point + round_cost)", operands, found.opening)


def _final_line(found: Range, matter: Matter, final: Money) -> Sum:
    if matter.demand is not None:
        operands = _written(ceiling=found.ceiling, opening=found.opening, sum_named=matter.demand)
        return _line("final", "min(ceiling, max(opening, sum_named))", operands, final)
    if matter.wants is Wants.FACE:
        return _line(
            "final", "opening, for face only and no sum named", _written(opening=found.opening), final
        )
    return _line("final", "ceiling, no sum named", _written(ceiling=found.ceiling), final)


def _line(name: str, formula: str, operands: dict[str, str], amount: Money) -> Sum:
    return Sum(name=name, formula=formula, operands=operands, amount=amount)


def _written(**amounts: Money) -> dict[str, str]:
    return {name: amount.amount for name, amount in amounts.items()}
