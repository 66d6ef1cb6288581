"""Formulas: exact arithmetic, held against a second way of computing the same."""

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from settlement.dates import add_months, whole_months
from settlement.rules.formula_types import check_formula
from settlement.rules.formulas import FormulaFault, compute
from settlement.rules.types import Kind, Type

TYPES = {"fare": Type(Kind.MONEY, "EUR"), "late": Type(Kind.INTEGER), "share": Type(Kind.RATE)}
SIGNS = {"+": lambda a, b: a + b, "-": lambda a, b: a - b, "*": lambda a, b: a * b, "/": lambda a, b: a / b}

values = st.fixed_dictionaries(
    {"fare": st.integers(-(10**9), 10**9), "late": st.integers(-1000, 1000), "share": st.integers(0, 10**9)}
)


@st.composite
def numbers(draw, depth: int = 4):
    """The text of a formula over plain numbers, and how to compute it from values."""
    if depth == 0 or draw(st.booleans()):
        if draw(st.booleans()):
            name = draw(st.sampled_from(["late", "share"]))
            return name, lambda given, name=name: given[name]
        whole, cents = draw(st.integers(0, 999)), draw(st.integers(0, 99))
        percent = draw(st.booleans())
        exact = Fraction(whole * 100 + cents, 10_000 if percent else 100)
        return f"{whole}.{cents:02d}{'%' if percent else ''}", lambda given, exact=exact: exact
    kind = draw(st.sampled_from(["sign", "minus", "extreme"]))
    left, compute_left = draw(numbers(depth - 1))
    if kind == "minus":
        return f"-({left})", lambda given: -compute_left(given)
    right, compute_right = draw(numbers(depth - 1))
    if kind == "extreme":
        name, pick = draw(st.sampled_from([("min", min), ("max", max)]))
        return f"{name}({left}, {right})", lambda given: pick(compute_left(given), compute_right(given))
    sign = draw(st.sampled_from(sorted(SIGNS)))
    return f"({left}) {sign} ({right})", lambda given: SIGNS[sign](compute_left(given), compute_right(given))


def run(text: str, given: dict):
    formula = check_formula(text, TYPES.__getitem__, TYPES.__getitem__, "EUR")
    return compute(formula, given.__getitem__, lambda *_: None)


@given(numbers(), values)
def test_arithmetic_is_exact(made, raw):
    text, expected = made
    given_values = raw | {"share": Fraction(raw["share"], 10**9)}
    try:
        wanted = expected(given_values)
    except ZeroDivisionError:
        wanted = None
    try:
        found = run(text, given_values)
    except FormulaFault:
        found = None
    assert found == wanted


@given(numbers(), values)
def test_a_sum_times_a_number_is_money_and_exact(made, raw):
    text, expected = made
    given_values = raw | {"share": Fraction(raw["share"], 10**9)}
    try:
        wanted = raw["fare"] * expected(given_values)
        found = run(f"fare * ({text})", given_values)
    except (ZeroDivisionError, FormulaFault):
        return
    assert found == wanted


@given(numbers(), values)
def test_unknown_anywhere_makes_the_whole_unknown(made, raw):
    text, _ = made
    given_values = raw | {"share": Fraction(0), "late": None}
    try:
        found = run(f"({text}) + late", given_values)
    except FormulaFault:
        return
    assert found is None


@given(st.dates(), st.integers(-500, 500))
def test_months_are_the_largest_step_that_does_not_pass(day, months):
    try:
        later = add_months(day, months)
        beyond = add_months(day, months + 1)
    except ValueError:
        return
    if months >= 0:
        assert whole_months(day, later) == months
        assert later <= beyond
