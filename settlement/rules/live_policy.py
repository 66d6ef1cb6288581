"""A policy ready to decide: its tables in both executors, its terms, and typed answers."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from settlement.money import Money
from settlement.rules.book import Edition
from settlement.rules.evaluate import Evaluation, Known, LiveEdition
from settlement.rules.policy import PolicyTerms


@dataclass(frozen=True, slots=True)
class Policy:
    """One edition of a policy. `evaluate` raises as LiveEdition.evaluate does."""

    live: LiveEdition
    terms: PolicyTerms

    @classmethod
    def of(cls, live: LiveEdition) -> "Policy":
        assert live.edition.terms is not None, "a policy has terms"
        return cls(live, live.edition.terms)

    @property
    def edition(self) -> Edition:
        return self.live.edition

    @property
    def currency(self) -> str:
        return self.live.edition.currency

    def evaluate(self, facts: Mapping[str, Known], wanted: Iterable[str]) -> Evaluation:
        return self.live.evaluate(facts, wanted)


def rate_of(evaluation: Evaluation, name: str) -> Fraction:
    """A rate or a decimal that a table of a policy gave. Its tables answer every fact they may read."""
    value = evaluation.values[name]
    assert isinstance(value, int | Fraction)
    return Fraction(value)


def money_of(evaluation: Evaluation, name: str) -> Money:
    """Money that a table of a policy gave."""
    value = evaluation.values[name]
    assert isinstance(value, int)
    return Money(value, evaluation.edition.currency)


def count_of(evaluation: Evaluation, name: str) -> int:
    """A whole number that a table of a policy gave."""
    value = evaluation.values[name]
    assert isinstance(value, int)
    return value


def word_of(evaluation: Evaluation, name: str) -> str:
    """A member of an enum that a table of a policy gave."""
    value = evaluation.values[name]
    assert isinstance(value, str)
    return value
