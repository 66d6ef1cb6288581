"""JSON lines in, JSON lines out: one answer for each line, in order, as soon as the line is read."""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import click

from settlement.cli.problems import A_BUG, FINDINGS, as_json, log
from settlement.errors import Fault, SettlementError
from settlement.strict_json import MOST_BYTES, NotJson, read_json

LINES_HELP = """A FILE holds one JSON object. With - or a FILE named *.jsonl every line is one JSON object,
and one line comes out for each, in order and as soon as it is answered. A line that cannot be
answered gives {"id": …, "error": {"title": …, "faults": [{"pointer", "problem", "remedy"}]}};
the rest is answered all the same, and the exit code is 1."""

file_argument = click.argument(
    "file", default="-", type=click.Path(exists=True, dir_okay=False, allow_dash=True), metavar="[FILE|-]"
)

WHOLE_LINES = "write one whole JSON object on each line; give a file that spreads one over lines by its path"


def holds_lines(file: str) -> bool:
    return file == "-" or file.endswith(".jsonl")


def answer_lines(file: str, answer: Callable[[bytes], str], *id_path: str) -> None:
    """Write `answer(line)` for every line; exit code 1 if one of them was an error.

    `id_path` leads to the id that an error is told with.
    """
    failed = False
    with _opened(file) as stream:
        for line in _lines(stream):
            text, is_error = _answered(line, answer, id_path)
            failed = failed or is_error
            click.echo(text.encode("utf-8", "backslashreplace"))
    if failed:
        raise click.exceptions.Exit(FINDINGS)


def read_request(file: str) -> bytes:
    """The one JSON object of a file. Raises NotJson for one that is too long."""
    with Path(file).open("rb") as stream:
        return _bearable(stream.read(MOST_BYTES + 1))


def write_json(data: Any) -> str:
    return json.dumps(data, ensure_ascii=False)


def _answered(line: bytes, answer: Callable[[bytes], str], id_path: tuple[str, ...]) -> tuple[str, bool]:
    try:
        return answer(_bearable(line)), False
    except NotJson as error:
        mended = NotJson(Fault(f.place, f.problem, WHOLE_LINES) for f in error.faults)
        return write_json({"id": None, "error": as_json(mended)}), True
    except SettlementError as error:
        return write_json({"id": _id_in(line, id_path), "error": as_json(error)}), True
    except Exception:
        log.exception("unexpected error")
        return write_json({"id": _id_in(line, id_path), "error": A_BUG}), True


def _bearable(raw: bytes) -> bytes:
    if len(raw) > MOST_BYTES:
        raise NotJson([Fault("", "is too long", f"send at most {MOST_BYTES:,} bytes")])
    return raw


def _id_in(line: bytes, path: tuple[str, ...]) -> str | int | None:
    """The id that a line gives itself; None where there is none."""
    value = read_json(line)
    for step in path:
        value = value.get(step) if isinstance(value, dict) else None
    return value if isinstance(value, str) or type(value) is int else None


@contextmanager
def _opened(file: str) -> Iterator[BinaryIO]:
    if file != "-":
        with Path(file).open("rb") as stream:
            yield stream
        return
    if sys.stdin.isatty():
        click.echo("Write one JSON object a line; Ctrl-D ends.", err=True)
    yield sys.stdin.buffer


def _lines(stream: BinaryIO) -> Iterator[bytes]:
    """Every line that is not blank; of one that is too long the beginning, so that memory stays bounded."""
    while line := stream.readline(MOST_BYTES + 2):
        rest = line
        while rest and not rest.endswith(b"\n"):
            rest = stream.readline(MOST_BYTES)
        if stripped := line.strip(b" \t\r\n"):
            yield stripped
