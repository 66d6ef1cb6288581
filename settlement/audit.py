"""The audit log as a hash chain: every entry names the one before, so that no change goes unseen."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass

GENESIS = ""
"""What the first entry names as the one before it."""


@dataclass(frozen=True, slots=True)
class Entry:
    """Something that happened, and its place in the chain."""

    seq: int
    at: str  # ISO 8601, UTC
    actor: str
    role: str
    event: str  # past tense: "suggested", "token_created"
    subject: str  # the id of what it happened to
    body: str  # canonical JSON
    prev: str  # hash of the entry before
    hash: str


@dataclass(frozen=True, slots=True)
class Head:
    """How many entries were written, and the hash of the last: kept beside the log, so that a cut shows."""

    count: int
    last_hash: str


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing wrong with a log; `seq` is the entry it was noticed at."""

    seq: int
    problem: str


def link(
    previous_hash: str, *, seq: int, at: str, actor: str, role: str, event: str, subject: str, body: str
) -> Entry:
    """The entry that follows the one with `previous_hash`."""
    unsigned = Entry(seq, at, actor, role, event, subject, body, prev=previous_hash, hash="")
    return Entry(seq, at, actor, role, event, subject, body, prev=previous_hash, hash=_hash_of(unsigned))


def verify(entries: Iterable[Entry], head: Head, *, known: str | None = None) -> list[Finding]:
    """Everything wrong with a log, read in the order of its `seq`; nothing when it is whole.

    `known` is a hash that somebody noted earlier: as long as an entry carries it, nothing up to
    that entry was rewritten, even by a hand that mended all later links and the head.
    """
    findings: list[Finding] = []
    known = GENESIS if known is None else known.strip().lower()
    met = known == GENESIS
    last = Head(0, GENESIS)
    read = 0
    for entry in entries:
        findings += (Finding(entry.seq, problem) for problem in _problems_of(entry, last))
        last = Head(entry.seq, entry.hash)
        read += 1
        met = met or entry.hash == known
    findings += (Finding(last.count, problem) for problem in _problems_at_end(last, read, head))
    if not met:
        findings.append(Finding(last.count, f"no entry has the hash {known}: the log was rewritten or cut"))
    return findings


def canonical(data: object) -> str:
    """The one JSON text of some data: names sorted by code point, no spaces, no floats."""
    assert _is_exact(data), "neither a float nor a name that is no text can be recorded"
    return json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=_as_dict)


def digest(text: str) -> str:
    """SHA-256 of a text in UTF-8, in hex. Spoilt bytes, read as surrogates, count as they are."""
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()


def _hash_of(entry: Entry) -> str:
    """The hash that fits all else in an entry."""
    told = asdict(entry)
    del told["hash"]
    return digest(canonical(told))


def _problems_of(entry: Entry, last: Head) -> Iterator[str]:
    """What is wrong with one entry, given the last one read: told here, not again at every later entry."""
    if entry.seq > last.count + 1:
        yield f"missing before it: {_numbers(last.count + 1, entry.seq - 1)}"
    if entry.seq <= last.count:
        yield f"out of order: it stands after entry {last.count}"
    if entry.prev != last.last_hash:
        yield "does not follow the entry before it: one of them was changed, removed or swapped"
    if entry.hash != _hash_of(entry):
        yield "changed after it was written: its hash does not fit its text"


def _problems_at_end(last: Head, read: int, head: Head) -> Iterator[str]:
    """Whether the log ends where its head says."""
    if last.count < head.count:
        yield f"cut off after it: {_numbers(last.count + 1, head.count)}"
    if read > head.count:
        yield f"{read} entries are here and {head.count} were counted: the head was set back"
    if last.last_hash != head.last_hash:
        yield "the last entry is not the one that the head names"


def _numbers(first: int, last: int) -> str:
    return f"entry {first}" if first == last else f"entries {first} to {last}"


def _is_exact(data: object) -> bool:
    if isinstance(data, Mapping):
        return all(isinstance(name, str) and _is_exact(value) for name, value in data.items())
    if isinstance(data, list | tuple):
        return all(map(_is_exact, data))
    return data is None or isinstance(data, str | int)


def _as_dict(data: object) -> dict[str, object]:
    """A mapping that json does not know as one."""
    assert isinstance(data, Mapping)
    return dict(data)
