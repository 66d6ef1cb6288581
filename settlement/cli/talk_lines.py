"""Lines typed while talks are played: each an event, a signal, or a reason why it cannot be read."""

import json
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, get_args

from pydantic import TypeAdapter, ValidationError

from settlement.errors import BadInput
from settlement.money import EXPONENTS, Money, write_money
from settlement.negotiation.events import Item, Overridden, Round, Threatened, Wished
from settlement.negotiation.moves import hear
from settlement.negotiation.talks import Authority, Talk
from settlement.rules.talk import SIGNALS

_ROUND: TypeAdapter[Any] = TypeAdapter(Round)

EXAMPLES: Mapping[str, str] = {
    "confirmed": "confirmed",
    "items_split": "items money:must:300 face:want",
    "offered": "offered",
    "accepted": "accepted 1",
    "countered": "countered 360",
    "ranked": "ranked 2 1",
    "wished": "wished credit",
    "refused": "refused",
    "silent": "silent",
    "left": "left",
    "overridden": "overridden 350 waited for a week",
    "part_blocked": "part_blocked voucher",
    "threatened": "threatened violence",
    "self_harm_told": "self_harm_told",
    "safety_raised": "safety_raised",
    "legal_action_taken": "legal_action_taken",
}
"""A line for each event, as it is typed."""

SIGNAL_EXAMPLES: Mapping[str, str] = {
    "signal": "signal legal",
    "withdraw": "withdraw legal only a friend was asked",
}
"""A line for confirming a signal, and one for taking it back."""


class Unread(Exception):
    """A line that cannot be read: the code of what is wrong, what it names, and what to type instead."""

    def __init__(self, code: str, *values: str, instead: str = "") -> None:
        self.code, self.values, self.instead = code, values, instead
        super().__init__(code)


@dataclass(frozen=True, slots=True)
class SignalLine:
    """A signal that a person confirms, or takes back with a reason."""

    signal: str
    is_so: bool
    reason: str | None


def read_line(line: str, currency: str) -> Any:
    """An event of the talks or a SignalLine. Raises Unread with what to type instead."""
    name, *words = unicodedata.normalize("NFKC", line).split()
    if name in SIGNAL_EXAMPLES:
        return _signal(name, words)
    name = "items_split" if name == "items" else name
    if name not in EXAMPLES:
        raise Unread("unknown", name)
    try:
        body = {"event": name} | _READERS.get(name, _bare)(words, currency)
        return _ROUND.validate_json(json.dumps(body), strict=True)
    except (ValidationError, ValueError, IndexError):
        raise Unread("form", line, instead=EXAMPLES[name]) from None


def amount_typed(text: str, currency: str, example: str) -> dict[str, str]:
    """A sum as people write it in the currency itself: `5000`, `5,000` and `5000.00` are the same.

    Raises Unread.
    """
    digits = EXPONENTS[currency]
    found = _AMOUNT.fullmatch(text)
    decimals = (found[2] or "") if found else ""
    if found is None or len(decimals) > digits:
        raise Unread("amount", text, currency, instead=example)
    written = found[1].replace(",", "").lstrip("0") or "0"
    whole = written + ("." + decimals.ljust(digits, "0") if digits else "")
    try:
        return write_money(Money.of(whole, currency))
    except BadInput:
        raise Unread("amount", text, currency, instead=example) from None


_AMOUNT = re.compile(r"¥?([0-9]{1,3}(?:,[0-9]{3})+|[0-9]{1,19})(?:\.([0-9]{1,4}))?", re.ASCII)


def lines_with_effect(talk: Talk, authority: Authority, currency: str) -> list[str]:
    """Examples of all that can be typed now, in the order of the list."""
    events = ((line, read_line(line, currency)) for line in EXAMPLES.values())
    return [line for line, event in events if _changes(talk, event, authority)]


def _changes(talk: Talk, event: Any, authority: Authority) -> bool:
    """Whether an event would change the talks, a put or overruled sum where the level is held."""
    if isinstance(event, Overridden):
        lowest = max(talk.decided.range.floor, talk.table.amount if talk.table else talk.decided.range.floor)
        event = event.model_copy(update={"amount": lowest, "level": authority.level})
    return hear(talk, event, authority) != talk


def _signal(name: str, words: list[str]) -> SignalLine:
    signal, reason = (words or [""])[0], " ".join(words[1:]) or None
    if signal not in SIGNALS:
        raise Unread("signal", signal, ", ".join(SIGNALS), instead=SIGNAL_EXAMPLES[name])
    if name == "withdraw" and reason is None:
        raise Unread("reason", signal, instead=f"withdraw {signal} …")
    return SignalLine(signal, name == "signal", reason)


def _bare(words: list[str], _currency: str) -> dict[str, Any]:
    if words:
        raise ValueError("this event takes nothing")
    return {}


def _overridden(words: list[str], currency: str) -> dict[str, Any]:
    amount = amount_typed(words[0], currency, EXAMPLES["overridden"])
    if not words[1:]:
        raise Unread("reason", words[0], instead=f"overridden {words[0]} …")
    return {"amount": amount, "reason": " ".join(words[1:])}


def _items(words: list[str], currency: str) -> dict[str, Any]:
    return {"items": [_item(word, currency) for word in words]}


def _item(word: str, currency: str) -> dict[str, Any]:
    kind, weight, amount = [*word.split(":", 2), "", ""][:3]
    example = EXAMPLES["items_split"]
    _one_of(kind, _choices(Item, "kind"), example)
    _one_of(weight, _choices(Item, "weight"), example)
    item = {"kind": kind, "weight": weight}
    return item | ({"amount": amount_typed(amount, currency, example)} if amount else {})


def _kind_of(model: type[Any], event: str) -> Callable[[list[str], str], dict[str, Any]]:
    def read(words: list[str], _currency: str) -> dict[str, Any]:
        kind = words[0] if len(words) == 1 else " ".join(words)
        _one_of(kind, _choices(model, "kind"), EXAMPLES[event])
        return {"kind": kind}

    return read


def _choices(model: type[Any], field: str) -> tuple[str, ...]:
    return get_args(model.model_fields[field].annotation)


def _one_of(word: str, known: Iterable[str], example: str) -> None:
    if word not in known:
        raise Unread("choice", word, ", ".join(known), instead=example)


_READERS: Mapping[str, Callable[[list[str], str], dict[str, Any]]] = {
    "items_split": _items,
    "accepted": lambda words, _: {"option": int(words[0]) if words else None},
    "countered": lambda words, currency: {
        "amount": amount_typed(" ".join(words), currency, EXAMPLES["countered"])
    },
    "ranked": lambda words, _: {"order": [int(word) for word in words]},
    "wished": _kind_of(Wished, "wished"),
    "overridden": _overridden,
    "part_blocked": lambda words, _: {"instrument": words[0]},
    "threatened": _kind_of(Threatened, "threatened"),
}
