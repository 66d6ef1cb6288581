"""Two questions about fairness: does bargaining pay, and does equal harm get equal offers."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from settlement.cases.tallies import Row, decimals, groups, total
from settlement.cases.told import CaseTold, TalkTold
from settlement.money import Money


def report_haggle(cases: Iterable[CaseTold]) -> list[Row]:
    """What was agreed over the first offer, for who bargained and who did not, at the same grade of harm.

    `gap` is the one divided by the other: 1.0000 where bargaining brings nothing. Talks whose first offer
    was no money are counted apart: nothing can be a multiple of nothing.
    """
    agreed = [(case, talk) for case in cases for talk in case.talks if talk.agreed is not None]
    return [
        {"grade": grade, "currency": currency} | _gap([talk for _, talk in group], str(currency))
        for (grade, currency), group in groups(agreed, lambda pair: (pair[0].grade, pair[0].currency))
    ]


def _gap(talks: Sequence[TalkTold], currency: str) -> Row:
    row: Row = {}
    over: dict[str, Fraction | None] = {}
    for name, bargained in (("bargained", True), ("accepted", False)):
        group = [talk for talk in talks if talk.bargained is bargained and talk.first]
        first = total((talk.first for talk in group if talk.first), currency)
        agreed = total((talk.agreed for talk in group if talk.agreed), currency)
        over[name] = Fraction(agreed.minor, first.minor) if first else None
        row |= {
            f"{name}": len(group),
            f"{name}_first": first,
            f"{name}_agreed": agreed,
            f"{name}_over_first": _written(over[name]),
        }
    more, less = over["bargained"], over["accepted"]
    row["gap"] = decimals(more / less) if more is not None and less else None
    return row | {"without_money": sum(not talk.first for talk in talks)}


# ---------------------------------------------------------------- equal harm


@dataclass(frozen=True, slots=True)
class Opening:
    """What a decision opened with, for which harm, and the band of the customer's value.

    is_small  the base is below the room by which a small one may rise: shares of it say little
    """

    harm: str
    grade: int
    liability: str
    band: str
    base: Money
    opening: Money
    is_small: bool


BANDS = ("none", "low", "middle", "high")
ALL = "all"
"""In place of a harm: the sum of all of them."""


def report_spread(openings: Iterable[Opening]) -> list[Row]:
    """Opening offers by band of customer value, against what the same harm got on average.

    Equal harm is the same kind, grade and share of ours; offers are compared as multiples of the base,
    which nobody's value moves. `ratio` is what the band got over what it would have got at the average of
    its cells: 1.0000 where value moves nothing. Lines of the harm `all` sum its cells. Small bases stand
    apart, and openings where nothing was due are left out.
    """
    rows: list[Row] = []
    due = [each for each in openings if each.base]
    for (is_small, currency), found in groups(due, lambda o: (o.is_small, o.base.currency)):
        bands: dict[str, list[tuple[list[Opening], Fraction]]] = {}
        for (harm, grade, liability), cell in groups(found, lambda o: (o.harm, o.grade, o.liability)):
            share = Fraction(_minor(cell, "opening"), _minor(cell, "base"))
            for band in BANDS:
                if group := [each for each in cell if each.band == band]:
                    expected = _minor(group, "base") * share
                    bands.setdefault(band, []).append((group, expected))
                    about: Row = {"small": is_small, "harm": harm, "grade": grade, "liability": liability}
                    rows.append(about | _line(band, group, expected, str(currency)))
        for band, parts in sorted(bands.items(), key=lambda pair: BANDS.index(pair[0])):
            group = [each for part, _ in parts for each in part]
            expected = sum((each for _, each in parts), Fraction(0))
            about = {"small": is_small, "harm": ALL, "grade": None, "liability": None}
            rows.append(about | _line(band, group, expected, str(currency)))
    return rows


def _line(band: str, group: Sequence[Opening], expected: Fraction, currency: str) -> Row:
    base, offered = _minor(group, "base"), _minor(group, "opening")
    return {
        "band": band,
        "currency": currency,
        "openings": len(group),
        "base": Money(base, currency),
        "offered": Money(offered, currency),
        "mean_offer": Money(_mean(offered, len(group)), currency),
        "over_base": decimals(Fraction(offered, base)),
        "ratio": decimals(offered / expected),
    }


def _minor(group: Iterable[Opening], name: str) -> int:
    return sum(getattr(each, name).minor for each in group)


def _mean(whole: int, count: int) -> int:
    """To the nearest minor unit, halves up; sums are never negative."""
    return (2 * whole + count) // (2 * count)


def _written(exact: Fraction | None) -> str | None:
    return None if exact is None else decimals(exact)
