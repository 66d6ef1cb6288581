"""Collecting every fault of a book before refusing it, and reading its plain blocks."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from settlement.errors import BadBook, Fault
from settlement.rules.types import BadValue, Text, Type, Value

T = TypeVar("T")


@dataclass
class Faults:
    """The faults found so far in one file."""

    file: str
    found: list[Fault] = field(default_factory=list)

    def add(self, place: str, problem: str, remedy: str) -> None:
        self.found.append(Fault(f"{self.file}: {place}" if place else self.file, problem, remedy))

    def attempt(self, place: str, read: Callable[[], T]) -> T | None:
        """What `read` returns; None, and a fault at `place`, where it raises BadValue."""
        try:
            return read()
        except BadValue as bad:
            self.add(place, bad.problem, bad.remedy)
            return None

    def raise_if_any(self) -> None:
        if self.found:
            raise BadBook(self.found)


@dataclass(frozen=True)
class Block:
    """One block of a book: a mapping with its place, read key by key."""

    place: str
    data: Mapping[str, Any]
    faults: Faults

    @classmethod
    def of(cls, data: Any, place: str, faults: Faults) -> "Block":
        if not isinstance(data, Mapping):
            faults.add(place, "is missing or not a block", f"write [{place}] with its keys")
            data = {}
        return cls(place, data, faults)

    def at(self, key: str) -> str:
        return f"{self.place}, {key}" if self.place else key

    def allow_only(self, keys: Iterable[str]) -> None:
        known = sorted(keys)
        for key in self.data:
            if key not in known:
                self.faults.add(self.at(key), "is not a key of this block", f"use {', '.join(known)}")

    def text(self, key: str, default: str | None = None) -> str:
        """A required text; an empty one, and a fault, where it is missing."""
        value = self.data.get(key, default)
        if not isinstance(value, str) or not value.strip():
            self.faults.add(self.at(key), "is missing or not a text", f'write {key} = "…"')
            return ""
        return value

    def one_of(self, key: str, members: Iterable[str]) -> str:
        value, members = self.text(key), list(members)
        if value and value not in members:
            self.faults.add(self.at(key), f"{value!r} is not known", f"write one of {', '.join(members)}")
            return ""
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts, possibly empty."""
        value = self.data.get(key, [])
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            self.faults.add(self.at(key), "is not a list of texts", f'write {key} = ["…", "…"]')
            return ()
        return tuple(value)

    def flag(self, key: str, default: bool) -> bool:
        value = self.data.get(key, default)
        if not isinstance(value, bool):
            self.faults.add(self.at(key), f"{value!r} is not true or false", f"write {key} = true or false")
            return default
        return value

    def both_languages(self, key: str) -> Text:
        return read_text(self.data.get(key), self.at(key), self.faults)

    def value(self, key: str, type_: Type, default: Value) -> Any:
        """A required value written as in a cell; `default` stands in, with a fault, where it cannot be read."""
        return self.optional(key, type_, default, required=True)

    def optional(self, key: str, type_: Type, default: Any = None, *, required: bool = False) -> Any:
        if key not in self.data:
            if required:
                self.faults.add(self.at(key), "is missing", f"write {key} = {type_.asks_for}")
            return default
        raw = self.data[key]
        text = str(raw) if type(raw) is int else raw
        if not isinstance(text, str):
            self.faults.add(self.at(key), f"{raw!r} is not a text", f"write {type_.example}")
            return default
        read = self.faults.attempt(self.at(key), lambda: type_.read_literal(text))
        if read is not None and not type_.contains(read):
            self.faults.add(self.at(key), f"{text!r} is out of bounds", f"write {type_.asks_for}")
        return default if read is None else read


def read_text(raw: Any, place: str, faults: Faults) -> Text:
    """A text in both languages: { en = "…", zh = "…" }."""
    if (
        isinstance(raw, Mapping)
        and set(raw) == {"en", "zh"}
        and all(isinstance(t, str) and t for t in raw.values())
    ):
        return Text(raw["en"], raw["zh"])
    faults.add(place, "is not a text in both languages", 'write { en = "…", zh = "…" }')
    return Text("", "")
