"""The audit log as a file: written from the database, read and verified without one.

As lines of JSON, or as CSV with the same names in its columns. Last come the head and the checkpoints.
"""

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from sqlalchemy import Connection

from settlement.audit import Entry, Finding, Head, canonical, verify
from settlement.checkpoints import Checkpoint, verify_checkpoints
from settlement.desk.checkpoints import checkpoint_findings
from settlement.errors import BadInput, Fault
from settlement.store import audit
from settlement.store.checkpoints import list_checkpoints

FORMATS = ("jsonl", "csv")
_KINDS: Mapping[str, type[Any]] = {"entry": Entry, "head": Head, "checkpoint": Checkpoint}
_NAMES = list(dict.fromkeys(["kind", *(field.name for kind in _KINDS.values() for field in fields(kind))]))
_NUMBERS = {"seq", "count", "number"}
_NUMBER = re.compile(r"[0-9]{1,18}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Exported:
    """What an export holds."""

    entries: tuple[Entry, ...]
    head: Head
    checkpoints: tuple[Checkpoint, ...]


def export_lines(tx: Connection, form: str = FORMATS[0]) -> Iterator[bytes]:
    """The whole log, line by line; every byte of a record stands as it is stored."""
    write = _as_json if form == "jsonl" else _as_csv
    if form == "csv":
        yield write(dict(zip(_NAMES, _NAMES, strict=True)))
    for entry in audit.entries(tx):
        yield write({"kind": "entry", **asdict(entry)})
    yield write({"kind": "head", **asdict(audit.head(tx))})
    for checkpoint in list_checkpoints(tx):
        yield write({"kind": "checkpoint", **asdict(checkpoint)})


def read_export(raw: bytes) -> Exported:
    """What a file holds, in either format. Raises BadInput, listing every line that is none of ours."""
    text = raw.decode("utf-8", "surrogateescape")
    found: dict[str, list[Any]] = {kind: [] for kind in _KINDS}
    faults = []
    for number, said in _rows(text):
        kind = str(said.pop("kind", None)) if isinstance(said, dict) else ""
        if kind in _KINDS and _fits(said, kind):
            found[kind].append(_KINDS[kind](**said))
        else:
            faults.append(Fault(f"line {number}", "this is no line of an export of the audit log"))
    if not faults and len(found["head"]) != 1:
        faults.append(Fault("the file", f"it has {len(found['head'])} heads instead of one"))
    if faults:
        remedy = "take the file as it came from: settlement audit export"
        raise BadInput(Fault(fault.place, fault.problem, remedy) for fault in faults)
    return Exported(tuple(found["entry"]), found["head"][0], tuple(found["checkpoint"]))


def verify_export(
    exported: Exported, *, known_head: str | None = None, public_key: str | None = None
) -> list[Finding]:
    """Everything wrong with the log and the checkpoints of an export."""
    return [
        *verify(exported.entries, exported.head, known=known_head),
        *verify_checkpoints(exported.checkpoints, exported.entries, public_key=public_key),
        *checkpoint_findings(exported.checkpoints, exported.entries),
    ]


def _as_json(said: Mapping[str, str | int]) -> bytes:
    return canonical(said).encode("utf-8", "surrogateescape") + b"\n"


def _as_csv(said: Mapping[str, str | int]) -> bytes:
    line = io.StringIO(newline="")
    csv.DictWriter(line, _NAMES, lineterminator="\n").writerow(said)
    return line.getvalue().encode("utf-8", "surrogateescape")


def _rows(text: str) -> Iterable[tuple[int, Any]]:
    """Numbered lines; None for one that cannot be read."""
    if not text.startswith("kind,"):
        return ((number, _json(line)) for number, line in enumerate(text.split("\n"), 1) if line)
    csv.field_size_limit(2**31 - 1)  # what was written must be read again, however long
    return _csv_rows(csv.DictReader(io.StringIO(text, newline=""), strict=True))


def _json(line: str) -> Any:
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return None


def _csv_rows(reader: "csv.DictReader[str]") -> Iterator[tuple[int, Any]]:
    try:
        for row in reader:
            names = ("kind", *_names_of(row["kind"] or ""))
            yield reader.line_num, {name: _value(name, row.get(name)) for name in names}
    except csv.Error:
        yield reader.line_num, None


def _names_of(kind: str) -> tuple[str, ...]:
    return tuple(field.name for field in fields(_KINDS[kind])) if kind in _KINDS else ()


def _value(name: str, text: str | None) -> str | int | None:
    return int(text) if name in _NUMBERS and text and _NUMBER.fullmatch(text) else text


def _fits(said: Mapping[str, Any], kind: str) -> bool:
    """Whether these are the names and types of a record, in texts that have bytes."""
    return set(said) == set(_names_of(kind)) and all(
        type(value) is int if name in _NUMBERS else type(value) is str and _has_bytes(value)
        for name, value in said.items()
    )


def _has_bytes(text: str) -> bool:
    """Spoilt bytes of a record, read as surrogates, are bytes too."""
    try:
        text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return False
    return True
