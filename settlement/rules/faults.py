"""Collecting every fault of a book before refusing it, and reading its plain blocks."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from settlement.errors import BadBook, Fault
from settlement.rules.types import BadValue, Text, Type, Value, quoted

T = TypeVar("T")


class KnownFault(BadValue):
    """It rests on something whose fault is reported already, and is not reported again."""

    def __init__(self) -> None:
        super().__init__("rests on something at fault", "mend that first")


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
        except KnownFault:
            return None
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
            problem = "is missing" if data is None else f"{quoted(data)} is not a block"
            faults.add(place, problem, "write it as a block of keys: { key = value }")
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
        if isinstance(value, str) and value.strip():
            return value
        problem = (
            "is missing" if value is None or isinstance(value, str) else f"{quoted(value)} is not a text"
        )
        self.faults.add(self.at(key), problem, f'write {key} = "…"')
        return ""

    def one_of(self, key: str, members: Iterable[str]) -> str:
        value, members = self.text(key), list(members)
        if value and value not in members:
            self.faults.add(
                self.at(key), f"{quoted(value)} is not known", f"write one of {', '.join(members)}"
            )
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
            self.faults.add(
                self.at(key), f"{quoted(value)} is not true or false", f"write {key} = true or false"
            )
            return default
        return value

    def both_languages(self, key: str) -> Text:
        return read_text(self.data.get(key), self.at(key), self.faults)

    def value(self, key: str, type_: Type, default: Value) -> Any:
        """A required value written as in a cell; `default`, and a fault, for what cannot be read."""
        return self.optional(key, type_, default, required=True)

    def optional(self, key: str, type_: Type, default: Any = None, *, required: bool = False) -> Any:
        if key not in self.data:
            if required:
                self.faults.add(self.at(key), "is missing", f"write {key} = {type_.asks_for}")
            return default
        raw = self.data[key]
        text = str(raw) if type(raw) is int else raw
        if not isinstance(text, str):
            self.faults.add(self.at(key), f"{quoted(raw)} is not a text", f"write {type_.example}")
            return default
        read = self.faults.attempt(self.at(key), lambda: type_.read_literal(text))
        if read is not None and not type_.contains(read):
            self.faults.add(self.at(key), f"{quoted(text)} is out of bounds", f"write {type_.asks_for}")
            return default
        return default if read is None else read


def read_text(raw: Any, place: str, faults: Faults) -> Text:
    """A text in both languages: { en = "…", zh = "…" }."""
    texts = raw if isinstance(raw, Mapping) and set(raw) == {"en", "zh"} else {}
    if texts and all(isinstance(text, str) and text.strip() for text in texts.values()):
        return Text(texts["en"], texts["zh"])
    faults.add(place, "is not a text in both languages", 'write { en = "…", zh = "…" }')
    return Text("", "")


def listed_blocks(entries: Any, name: str, faults: Faults, key: str = "id") -> list[Block]:
    """The blocks of a [[list]], each placed by its `key`, which must differ; a doubled one is told apart."""
    if not isinstance(entries, list):
        faults.add(name, f"{quoted(entries)} is not a list of blocks", f"write [[{name}]]")
        return []
    blocks: list[Block] = []
    seen: set[str] = set()
    for number, entry in enumerate(entries, 1):
        label = entry.get(key) if isinstance(entry, Mapping) else None
        if not isinstance(label, str) or not label:
            label = f"number {number}"
        if label in seen:
            faults.add(f'{name} "{label}"', "stands twice", f"give each {name} its own {key}")
            label = f"{label}, number {number}"
        seen.add(label)
        blocks.append(Block.of(entry, f'{name} "{label}"', faults))
    return blocks
