"""Exact money: whole minor units of one ISO 4217 currency, and exact rates."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from settlement.errors import BadInput, Fault, SettlementError

LARGEST_MINOR = 10**15
"""No amount is larger than this many minor units, so that both executors hold it exactly."""

_CODES_BY_EXPONENT = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    2: (
        "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF "
        "CHE CHF CHW CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD "
        "GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL "
        "MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR "
        "PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP "
        "TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XCD XCG XDR YER ZAR ZMW ZWG"
    ),
    3: "BHD IQD JOD KWD LYD OMR TND",
    4: "CLF UYW",
}
EXPONENTS = {code: exponent for exponent, codes in _CODES_BY_EXPONENT.items() for code in codes.split()}
"""Decimals of each currency (ISO 4217, list one); XDR, which has none there, is kept in hundredths."""

_WRITTEN_AMOUNT = re.compile(r"-?(?:0|[1-9][0-9]{0,19})(?:\.[0-9]{1,4})?", re.ASCII)
_WRITTEN_RATE = re.compile(r"(?:0|[1-9][0-9]{0,8})(?:\.[0-9]{1,9})?", re.ASCII)


class CurrencyMismatch(SettlementError):
    """Two amounts of different currencies met in one sum."""


class Rounding(StrEnum):
    """How an exact number becomes a whole one."""

    UP = "up"  # away from zero
    DOWN = "down"  # towards zero
    HALF_UP = "half_up"  # to the nearest, halves away from zero


def round_whole(exact: Fraction, rounding: Rounding) -> int:
    """The whole number that `exact` rounds to."""
    whole, rest = divmod(abs(exact.numerator), exact.denominator)
    match rounding:
        case Rounding.UP:
            away = rest > 0
        case Rounding.DOWN:
            away = False
        case Rounding.HALF_UP:
            away = 2 * rest >= exact.denominator
    return (whole + away) * (1 if exact >= 0 else -1)


def exponent_of(currency: str) -> int:
    """Decimals of a currency. Raises BadInput for a code that ISO 4217 does not list."""
    if currency not in EXPONENTS:
        problem = f"{currency[:40]!r} is not a currency code"
        raise BadInput([Fault("currency", problem, "write an ISO 4217 code such as CNY")])
    return EXPONENTS[currency]


@dataclass(frozen=True, slots=True)
class Money:
    """A whole number of minor units of one currency."""

    minor: int
    currency: str

    @classmethod
    def of(cls, amount: str, currency: str) -> "Money":
        """Read "250.00": exactly the currency's decimals, no sign but a leading minus. Raises BadInput."""
        exponent = exponent_of(currency)
        decimals = len(amount.partition(".")[2])
        minor = int(amount.replace(".", "")) if _WRITTEN_AMOUNT.fullmatch(amount) else None
        if minor is None or decimals != exponent or (minor == 0 and amount[0] == "-"):
            problem = f"{amount[:40]!r} is not an amount of {currency}"
            raise BadInput([Fault("amount", problem, f'write it like "{cls(25000, currency).amount}"')])
        if abs(minor) > LARGEST_MINOR:
            problem = f"{amount[:40]!r} is too large"
            raise BadInput([Fault("amount", problem, "no amount exceeds 10^15 minor units")])
        return cls(minor, currency)

    @classmethod
    def zero(cls, currency: str) -> "Money":
        return cls(0, currency)

    @property
    def amount(self) -> str:
        """The amount as a decimal text with exactly the currency's decimals."""
        exponent = EXPONENTS[self.currency]
        digits = f"{abs(self.minor):0{exponent + 1}d}"
        sign = "-" if self.minor < 0 else ""
        return sign + (f"{digits[:-exponent]}.{digits[-exponent:]}" if exponent else digits)

    def __str__(self) -> str:
        return f"{self.amount} {self.currency}"

    def _same(self, other: "Money") -> int:
        if self.currency != other.currency:
            raise CurrencyMismatch(f"{self} and {other} are in different currencies")
        return other.minor

    def __add__(self, other: "Money") -> "Money":
        return Money(self.minor + self._same(other), self.currency)

    def __sub__(self, other: "Money") -> "Money":
        return Money(self.minor - self._same(other), self.currency)

    def __lt__(self, other: "Money") -> bool:
        return self.minor < self._same(other)

    def __le__(self, other: "Money") -> bool:
        return self.minor <= self._same(other)

    def __gt__(self, other: "Money") -> bool:
        return self.minor > self._same(other)

    def __ge__(self, other: "Money") -> bool:
        return self.minor >= self._same(other)

    def __bool__(self) -> bool:
        return self.minor != 0

    def scale(self, rate: Fraction, rounding: Rounding) -> "Money":
        """This amount times an exact rate, rounded by name to a whole unit."""
        return Money(round_whole(self.minor * rate, rounding), self.currency)

    def split(self, weights: Sequence[int]) -> tuple["Money", ...]:
        """Shares in proportion to whole, non-negative weights; every unit is kept.

        Left-over units go to the largest remainders, the earlier share first.
        """
        total = sum(weights)
        assert min(weights) >= 0, "no weight is negative"
        assert total > 0, "one weight at least is above zero"
        shares = [divmod(self.minor * weight, total) for weight in weights]
        by_remainder = sorted(range(len(shares)), key=lambda i: (-shares[i][1], i))
        extra = set(by_remainder[: self.minor - sum(whole for whole, _ in shares)])
        return tuple(Money(whole + (i in extra), self.currency) for i, (whole, _) in enumerate(shares))

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Money at the doors: {"amount": "899.00", "currency": "CNY"}, nothing else."""
        text = core_schema.str_schema(strict=True, max_length=40)
        written = core_schema.typed_dict_schema(
            {"amount": core_schema.typed_dict_field(text), "currency": core_schema.typed_dict_field(text)},
            extra_behavior="forbid",
        )
        from_written = core_schema.no_info_after_validator_function(_read_money, written)
        return core_schema.json_or_python_schema(
            json_schema=from_written,
            python_schema=core_schema.union_schema([core_schema.is_instance_schema(cls), from_written]),
            serialization=core_schema.plain_serializer_function_ser_schema(write_money),
        )

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        amount = {"type": "string", "pattern": r"^(0|[1-9][0-9]{0,15})(\.[0-9]{1,4})?$"}
        return {
            "type": "object",
            "description": "An amount with exactly the decimals of its currency, never negative.",
            "properties": {
                "amount": amount | {"examples": ["899.00"]},
                "currency": {"type": "string", "pattern": "^[A-Z]{3}$", "examples": ["CNY"]},
            },
            "required": ["amount", "currency"],
            "additionalProperties": False,
        }


def write_money(money: Money) -> dict[str, str]:
    """The written form of money at every door."""
    return {"amount": money.amount, "currency": money.currency}


def _read_money(written: dict[str, str]) -> Money:
    try:
        money = Money.of(written["amount"], written["currency"])
    except BadInput as error:
        fault = error.faults[0]
        message = f"{fault.problem}: {fault.remedy}".replace("{", "(").replace("}", ")")
        raise PydanticCustomError("money", message) from None
    if money.minor < 0:
        raise PydanticCustomError("money", "an amount in a request is never negative")
    return money


def read_rate(text: str) -> Fraction:
    """Read a rate written as a fraction of one, "0.7" or "1", of at most nine decimals. Raises BadInput."""
    if not _WRITTEN_RATE.fullmatch(text):
        remedy = 'write a fraction of one like "0.7", at most 9 decimals'
        raise BadInput([Fault("rate", f"{text[:40]!r} is not a rate", remedy)])
    return Fraction(text)


def write_rate(rate: Fraction) -> str:
    """A rate of at most nine decimals as the shortest decimal text: "0.063", "1"."""
    scaled = rate * 10**9
    assert scaled.denominator == 1, "a written rate has at most nine decimals"
    whole, rest = divmod(abs(scaled.numerator), 10**9)
    text = f"{whole}.{rest:09d}".rstrip("0").rstrip(".")
    return f"-{text}" if rate < 0 else text
