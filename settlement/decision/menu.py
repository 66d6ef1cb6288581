"""Options of exactly equal standard value, composed from the policy's instruments."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from itertools import combinations

from settlement.dates import Duration
from settlement.decision.answer import Option, OptionPart
from settlement.money import Money
from settlement.rules.policy import Instrument, LadderTerms

DueAfter = Callable[[Duration], datetime | None]

_SETTLES_GOODS = frozenset({"refund", "exchange", "repair", "dispatch"})


@dataclass(frozen=True, slots=True)
class _Part:
    """One instrument at one face; amounts in minor units of the policy's currency."""

    instrument: Instrument
    face: int
    value: int
    cost: int

    @property
    def key(self) -> tuple[int, str]:
        return -self.value, self.instrument.id


@dataclass(frozen=True, slots=True)
class _Composed:
    """A whole option: its parts, the cash remainder, and what it costs us."""

    parts: tuple[_Part, ...]
    cash: int
    cost: int

    @property
    def rank(self) -> tuple[int, int, int, tuple[str, ...]]:
        """Cheaper first, then sooner, then simpler; ids last, so that no order of entries matters."""
        lead = max(part.instrument.lead.rough_minutes for part in self.parts)
        return self.cost, lead, len(self.parts), tuple(sorted(part.instrument.id for part in self.parts))

    @property
    def main_kind(self) -> str:
        return min(self.parts, key=lambda part: part.key).instrument.kind


def build_menu(
    amount: Money,
    owed_in_money: Money,
    paid: Money | None,
    instruments: Iterable[Instrument],
    terms: LadderTerms,
    due_after: DueAfter,
    wished: str | None = None,
) -> tuple[Option, ...]:
    """Up to `max_options` ways to give exactly `amount`: pure cash, then the cheapest of each main kind.

    None where there is nothing to give.

    Cash covers at least `owed_in_money`; `paid` is the price of the order, which a refund needs.
    Instruments of the policy that do not suit the order are left out by the caller. An option whose main
    kind is `wished` comes before the others.
    """
    if not amount:
        return ()
    offered = [
        i for i in instruments if i.available and i.lead.rough_minutes <= terms.longest_lead.rough_minutes
    ]
    cash = next(i for i in instruments if i.kind == "cash")
    cheapest: dict[str, _Composed] = {}
    for composed in _compositions(amount.minor, owed_in_money.minor, paid, offered, terms):
        best = cheapest.get(composed.main_kind)
        if best is None or composed.rank < best.rank:
            cheapest[composed.main_kind] = composed
    ranked = sorted(cheapest.values(), key=lambda composed: (composed.main_kind != wished, composed.rank))
    others = ranked[: terms.max_options - 1]
    pure = _Composed((), amount.minor, amount.minor)
    return tuple(
        _option(number, each, amount, cash, due_after) for number, each in enumerate([pure, *others], 1)
    )


def _compositions(
    amount: int, owed: int, paid: Money | None, instruments: Sequence[Instrument], terms: LadderTerms
) -> Iterator[_Composed]:
    """Every set of fixed parts that fits, with no or one part that fills up to the amount."""
    fixed = sorted(_fixed_parts(instruments, paid), key=lambda part: part.instrument.id)
    fillers = [i for i in instruments if i.step is not None]
    least = _up(amount, terms.noncash_share)
    for count in range(terms.noncash_parts + 1):
        for chosen in combinations(fixed, count):
            room = amount - owed - sum(part.value for part in chosen)
            if room < 0 or not _go_together(chosen):
                continue
            filled = [] if count == terms.noncash_parts else [_fill(filler, room) for filler in fillers]
            for fill in ((), *filled):
                composed = _compose(amount, (*chosen, *fill))
                if composed and composed.cost < amount and amount - composed.cash >= least:
                    yield composed


def _go_together(parts: Iterable[_Part]) -> bool:
    """The goods are settled in one way only, and who returns them gets nothing to go with them."""
    kinds = [part.instrument.kind for part in parts]
    return sum(kind in _SETTLES_GOODS for kind in kinds) <= 1 and not {"refund", "accessory"} <= set(kinds)


def _fixed_parts(instruments: Iterable[Instrument], paid: Money | None) -> Iterator[_Part]:
    for instrument in instruments:
        if instrument.fixed is not None:
            yield _part(instrument, instrument.fixed.minor, instrument.value)
        if instrument.goods_value is not None and paid is not None:
            yield _part(instrument, paid.minor, 1 - instrument.goods_value)


def _fill(instrument: Instrument, room: int) -> tuple[_Part, ...]:
    """The largest face whose value fits into `room`; nothing if none does."""
    assert instrument.lo is not None
    assert instrument.hi is not None
    assert instrument.step is not None
    lo, hi, step = instrument.lo.minor, instrument.hi.minor, instrument.step.minor
    if instrument.value > 0:
        hi = min(hi, _up(room + 1, 1 / instrument.value) - 1)
    face = lo + (hi - lo) // step * step
    return (_part(instrument, face, instrument.value),) if face >= lo else ()


def _part(instrument: Instrument, face: int, value: Fraction) -> _Part:
    return _Part(instrument, face, _down(face, value), _up(face, instrument.cost))


def _down(face: int, rate: Fraction) -> int:
    return face * rate.numerator // rate.denominator


def _up(face: int, rate: Fraction) -> int:
    return -(-face * rate.numerator // rate.denominator)


def _compose(amount: int, parts: tuple[_Part, ...]) -> _Composed | None:
    if not parts or any(part.value == 0 for part in parts) or not _go_together(parts):
        return None
    cash = amount - sum(part.value for part in parts)
    return _Composed(parts, cash, cash + sum(part.cost for part in parts))


def _option(number: int, composed: _Composed, amount: Money, cash: Instrument, due_after: DueAfter) -> Option:
    currency = amount.currency
    parts = sorted(composed.parts, key=lambda part: part.key)
    leads = [part.instrument.lead for part in parts] + ([cash.lead] if composed.cash else [])
    return Option(
        id=number,
        cash=Money(composed.cash, currency),
        parts=tuple(OptionPart(instrument=p.instrument.id, face=Money(p.face, currency)) for p in parts),
        standard_value=amount,
        cost=Money(composed.cost, currency),
        ready_by=_last([due_after(lead) for lead in leads]),
    )


def _last(moments: Sequence[datetime | None]) -> datetime | None:
    """The last of several moments; open where one is open."""
    known = [moment for moment in moments if moment is not None]
    return max(known) if len(known) == len(moments) else None
