"""Powers with fractional exponents, the same on every machine."""

from decimal import Context, Decimal
from fractions import Fraction
from functools import lru_cache

_DIGITS = Context(prec=28)


@lru_cache(maxsize=1024)
def power(base: Fraction, exponent: Fraction) -> Fraction:
    """`base` to a power, to 28 significant digits. The base is above 0, or the exponent is."""
    return Fraction(_DIGITS.power(_decimal(base), _decimal(exponent)))


def _decimal(exact: Fraction) -> Decimal:
    return _DIGITS.divide(Decimal(exact.numerator), Decimal(exact.denominator))
