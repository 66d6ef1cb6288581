"""The unfitted estimate of customer value: the trade's tariff, moved by one customer's own record.

    orders  = (x + 1/2) / (T + G) x still_active x discounted years x 365
    spend   = (2 x declared + x x m) / (2 + x)
    value   = orders x spend x margin, rounded down

x repeat orders, T days since the first, m spend per purchase day, G the trade's usual gap in days.
The prior of half an order and of two declared orders keeps a first-time buyer from being worth
nothing and one large order from being worth everything. Arithmetic is exact but for one square
root, taken to 28 digits.
"""

from datetime import date
from fractions import Fraction

from settlement.complaint import History
from settlement.money import Money, Rounding, round_whole
from settlement.rules.policy import ValueTerms
from settlement.valuation.exact import power

_DAYS_A_YEAR = 365
_PRIOR_ORDERS = Fraction(1, 2)
_PRIOR_SPEND_WEIGHT = 2


def estimate_value(
    history: History, day: date, terms: ValueTerms, still_active: Fraction
) -> tuple[Money, bool]:
    """Expected margin over the horizon, and whether the cap on order values binds."""
    repeats = history.purchase_days - 1
    order_cap = terms.order_cap_multiple * terms.order_value.minor
    mean_order = Fraction(history.spend.minor, history.purchase_days)
    value = _value(repeats, (day - history.first_on).days, min(mean_order, order_cap), terms, still_active)
    return value, mean_order > order_cap


def new_customer_value(terms: ValueTerms, still_active: Fraction) -> Money:
    """Expected margin of somebody who bought for the first time today."""
    return _value(0, 0, Fraction(0), terms, still_active)


def cap_at_past(margin_12m: Money, terms: ValueTerms, newcomer: Money) -> Money:
    """No customer is worth more than a multiple of last year's margin and what a new customer is worth."""
    return margin_12m.scale(terms.past_multiple, Rounding.DOWN) + newcomer


def _value(repeats: int, days: int, mean_order: Fraction, terms: ValueTerms, still_active: Fraction) -> Money:
    orders_a_day = (repeats + _PRIOR_ORDERS) / (days + terms.gap_days) * still_active
    declared = _PRIOR_SPEND_WEIGHT * terms.order_value.minor
    spend = (declared + repeats * mean_order) / (_PRIOR_SPEND_WEIGHT + repeats)
    exact = orders_a_day * _DAYS_A_YEAR * discounted_years(terms) * spend * terms.margin
    return Money(round_whole(exact, Rounding.DOWN), terms.order_value.currency)


def discounted_years(terms: ValueTerms) -> Fraction:
    """Years of custom that lie ahead, each weighted by who stays and discounted to today from its middle.

    Three years with 60 % kept and a discount of 10 % make 1.757.
    """
    yearly = terms.yearly_keep / (1 + terms.discount)
    half_a_year = power(1 + terms.discount, Fraction(1, 2))
    return sum((yearly**year for year in range(terms.years)), Fraction(0)) / half_a_year


def idle_gaps(history: History, day: date, gap_days: int) -> Fraction:
    """Idle time in units of the customer's own gap, rounded up to a billionth."""
    active_days = (history.last_on - history.first_on).days
    own_gap = Fraction(active_days + gap_days, history.purchase_days)
    exact = (day - history.last_on).days / own_gap
    return Fraction(round_whole(exact * 10**9, Rounding.UP), 10**9)
