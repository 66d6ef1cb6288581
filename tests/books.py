"""Texts of rule books for tests: a small pack with every construct, the shipped policy, and ways to vary them.

edition(PACK)                               read
changed(PACK, ('"2.00"', '"3.00"'))         one text of it replaced
a_pack('x = "integer"', TABLE)              a pack around inputs and tables, with the words it needs
faults_in(text)                             what the reader says is wrong, each as "place: problem"
"""

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pytest

from settlement.errors import BadBook, Fault
from settlement.rules.book import Edition
from settlement.rules.evaluate import Evaluation, LiveEdition
from settlement.rules.library import SHELF
from settlement.rules.reading import read_edition

FILE = "book.toml"

PACK = """
[book]
id = "late_parcel"
kind = "pack"
title = { en = "Late parcels", zh = "包裹延误" }
currency = "EUR"
source = "Made up for tests."
edition = "1"
effective_from = 2026-01-01
standing = "promise"
head = "delay"
owed_in = "money"
outputs = ["amount", "band", "interest"]

[inputs]
price = { type = "money", min = "0.00", max = "10000.00" }
late = { type = "integer", unit = "day", nullable = true }
size = { type = "enum", values = ["small", "large"] }
due = "date"
paid = "date"
fragile = "boolean"

[[table]]
id = "rates"
hit = "unique"
when = ["day"]
then = { rate = "rate" }
rows = [["y2025", "[2025-01-01..2026-01-01)", "5%"], ["y2026", ">= 2026-01-01", "4.5%"]]
otherwise = ["before", "null"]

[[table]]
id = "bands"
hit = "highest"
when = ["size", "fragile"]
then = { band = { type = "enum", values = ["low", "mid", "high"] }, share = { type = "rate", max = "50%" } }
rows = [
  { id = "any", band = "low", share = "10%" },
  { id = "large", size = "large", band = "mid", share = "25%" },
  { id = "fragile", fragile = "true", band = "high", share = "20%" },
]

[[table]]
id = "compensation"
hit = "first"
when = ["late", "size", "weeks"]
then = { amount = "money" }
rows = [
  ["unknown", "null", "-", "-", "null"],
  ["on_time", "<= 0", "-", "-", "0.00"],
  ["short", "[1..6]", "small", "-", "2.00"],
  ["weekly", "-", "-", "-", "= min(max(round(price * share, half_up, 0.50), 2.00) * weeks, price)"],
]

[[formula]]
id = "weeks"
is = "round(late / 7, up, 1)"

[[formula]]
id = "interest"
is = "round(price * day_sum(rate, due, paid) / 365, half_up, 0.01)"

[monotone]
amount = ["+price"]

[words]
price = { en = "Price", zh = "价格" }
late = { en = "Days late", zh = "延误天数" }
size = { en = "Size", zh = "大小" }
"size.small" = { en = "small", zh = "小" }
"size.large" = { en = "large", zh = "大" }
due = { en = "Due on", zh = "到期日" }
paid = { en = "Paid on", zh = "支付日" }
fragile = { en = "Fragile", zh = "易碎" }
rate = { en = "Yearly rate", zh = "年利率" }
band = { en = "Band", zh = "档次" }
"band.low" = { en = "low", zh = "低" }
"band.mid" = { en = "middle", zh = "中" }
"band.high" = { en = "high", zh = "高" }
share = { en = "Share", zh = "比例" }
amount = { en = "Compensation", zh = "赔偿金额" }
interest = { en = "Interest", zh = "利息" }
"compensation.on_time" = { en = "It came in time.", zh = "按时送达。" }

[[example]]
given = { price = "100.00", late = 8, size = "large", due = "2025-12-30", paid = "2026-01-02", fragile = true }
expect = { amount = "50.00", band = "high", rows = ["compensation.weekly"] }
"""

PARCEL: Mapping[str, Any] = {
    "price": "100.00",
    "late": 8,
    "size": "large",
    "due": "2025-12-30",
    "paid": "2026-01-02",
    "fragile": True,
}
"""Facts for PACK."""

POLICY = (SHELF / "policies/retail-cn/2026.1.toml").read_text("utf-8")
"""The shipped policy, to be varied."""

_HEADER = """
[book]
id = "tried"
kind = "pack"
title = { en = "Tried", zh = "试验" }
currency = "EUR"
source = "Made up for tests."
edition = "1"
effective_from = 2026-01-01
standing = "scheme"
head = "delay"
owed_in = "money"
"""


def changed(text: str, *changes: tuple[str, str]) -> str:
    """The text with each first part, which stands in it exactly once, replaced by the second."""
    for old, new in changes:
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times"
        text = text.replace(old, new)
    return text


def a_pack(inputs: str, rules: str, outputs: Sequence[str] = ("amount",), currency: str = "EUR") -> str:
    """A pack around the lines of [inputs] and its tables and formulas, with words and an example."""
    header = _HEADER.replace("EUR", currency) + f"outputs = {_toml(list(outputs))}\n"
    body = f"[inputs]\n{inputs}\n{rules}"
    words = "\n".join(f'"{name}" = {{ en = "{name}", zh = "{name}" }}' for name in _to_name(body, outputs))
    example = '[[example]]\ngiven = {}\nexpect = { amount = "null" }'
    return f"{header}\n{body}\n[words]\n{words}\n{example}\n"


def formula_pack(inputs: str, formula: str, kind: str = "money") -> str:
    """A pack that publishes one formula beside an amount of 0.00."""
    money = '\ntype = "money"' if kind == "money" else ""
    rules = f"""
[[table]]
id = "nothing"
hit = "first"
when = ["any"]
then = {{ amount = "money" }}
rows = [["all", "-", "0.00"]]
[[formula]]
id = "value"
is = {_toml(formula)}{money}
"""
    return a_pack(f'any = "boolean"\n{inputs}', rules, ["amount", "value"])


def _to_name(body: str, outputs: Sequence[str]) -> Iterator[str]:
    data = tomllib.loads(body)
    types = dict(data["inputs"])
    for table in data.get("table", []):
        types |= table["then"]
    yield from dict.fromkeys([*types, *outputs])
    for name, type_ in types.items():
        if isinstance(type_, dict):
            yield from (f"{name}.{member}" for member in type_.get("values", ()))


def _toml(value: str | list[str]) -> str:
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return f"[{', '.join(map(_toml, value))}]"


def edition(text: str) -> Edition:
    return read_edition(text, FILE)


def live(text: str) -> LiveEdition:
    return LiveEdition(edition(text))


def answer(text: str, **facts: Any) -> Evaluation:
    """What a pack answers to facts as JSON gives them."""
    running = live(text)
    try:
        return running.answer(running.read_facts(facts))
    finally:
        running.retire()


def written(evaluation: Evaluation) -> dict[str, Any]:
    """The published outputs in their published form."""
    return {name: evaluation.written(name) for name in evaluation.edition.outputs}


def faults_of(text: str) -> tuple[Fault, ...]:
    """Every fault with which the reader refuses a book."""
    with pytest.raises(BadBook) as refused:
        edition(text)
    return refused.value.faults


def faults_in(text: str) -> list[str]:
    """The faults as "place: problem", without the file's name."""
    return [f"{fault.place}: {fault.problem}".removeprefix(f"{FILE}: ") for fault in faults_of(text)]
