"""The examples that a book carries, run against it."""

from collections.abc import Iterator
from typing import Any

from settlement.errors import BadInput, CannotDecide, Fault
from settlement.money import Money
from settlement.rules.book import BookKind, Example
from settlement.rules.evaluate import Evaluation, LiveEdition
from settlement.rules.types import BadValue


def example_faults(live: LiveEdition) -> list[Fault]:
    """Every example of an edition that does not come out as its owner expects."""
    faults = []
    for number, example in enumerate(live.edition.examples, 1):
        place = f"{live.edition.file}: example {number}"
        try:
            evaluation = _run(live, example)
        except (BadInput, CannotDecide) as error:
            faults.append(Fault(place, f"gives no answer: {error}", "mend the example or the rules"))
            continue
        faults += [
            Fault(place, problem, "mend the example or the rules")
            for problem in _differences(example, evaluation)
        ]
    return faults


def _run(live: LiveEdition, example: Example) -> Evaluation:
    if live.edition.kind is BookKind.PACK:
        return live.answer(live.read_facts(example.given))
    facts = {}
    for name, raw in example.given.items():
        try:
            facts[name] = live.edition.type_of(name).read_fact(raw)
        except BadValue as bad:
            raise BadInput([Fault(f"/{name}", bad.problem, bad.remedy)]) from None
    return live.evaluate(facts, _wanted(live, example))


def _wanted(live: LiveEdition, example: Example) -> list[str]:
    """What an example of a policy asks for: names it expects a value of, outputs of rows it expects."""
    tables = {row.partition(".")[0] for row in example.rows}
    outputs = [t.outputs[0].name for t in live.edition.tables.values() if t.id in tables]
    return [*(name for name in example.expect if name != "currency"), *outputs]


def _differences(example: Example, evaluation: Evaluation) -> Iterator[str]:
    for name, expected in example.expect.items():
        found: Any = currency_of(evaluation) if name == "currency" else evaluation.written(name)
        if found != expected:
            yield f"{name} is {_show(found)}, expected {_show(expected)}"
    matched = evaluation.rows
    for row in example.rows:
        if row not in matched:
            yield f"row {row} was not matched; matched were {', '.join(matched)}"


def currency_of(evaluation: Evaluation) -> str:
    """The currency of an answer: that of `amount`, else the book's."""
    amount = evaluation.values.get("amount")
    return amount.currency if isinstance(amount, Money) else evaluation.edition.currency


def _show(value: Any) -> str:
    return "null" if value is None else repr(value)
