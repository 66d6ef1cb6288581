"""Errors for people, as lines on stderr, and for programs, as one JSON object; and the exit codes."""

import logging
from typing import Any

import click

from settlement.errors import (
    BadBook,
    BadInput,
    CannotDecide,
    EnginesDisagree,
    Fault,
    NotFound,
    OutcomeUnknown,
    Refused,
    SettlementError,
    Unavailable,
)
from settlement.strict_json import NotJson

FINDINGS, BAD_INPUT, INTERRUPTED, BROKEN_PIPE = 1, 2, 130, 141

log = logging.getLogger("settlement")
alarm = logging.getLogger("settlement.alarm")

_KINDS: tuple[tuple[type[SettlementError], int, str, str], ...] = (
    (NotJson, BAD_INPUT, "This is not one plain JSON value", ""),
    (BadBook, BAD_INPUT, "The rule books have faults", ""),
    (BadInput, BAD_INPUT, "The input has faults", ""),
    (NotFound, BAD_INPUT, "Not found", ""),
    (CannotDecide, FINDINGS, "The rules give no answer", "a person takes the case"),
    (Refused, FINDINGS, "Not allowed as things stand", "see what the message names"),
    (
        EnginesDisagree,
        FINDINGS,
        "Nothing was decided: the rules engine is in doubt",
        "tell operations; a person takes the case",
    ),
    (Unavailable, FINDINGS, "The database cannot be reached, or not in time", ""),
    (OutcomeUnknown, FINDINGS, "The database was lost at the last moment", ""),
)
"""Class of error, exit code, title, and what to do where the error itself does not say."""

A_BUG = {
    "title": "A mistake of ours",
    "faults": [{"pointer": "", "problem": "it was logged on stderr", "remedy": "please report it"}],
}


def tell(error: SettlementError) -> int:
    """Every fault on stderr, each with its remedy; the exit code."""
    sound_alarm(error)
    code, title, faults = _described(error)
    click.echo(f"{title}:", err=True)
    for fault in faults:
        click.echo(printable(str(fault).removeprefix(": ")), err=True)
    return code


def as_json(error: SettlementError) -> dict[str, Any]:
    """The error of one line of JSON."""
    sound_alarm(error)
    _, title, faults = _described(error)
    told = [{"pointer": f.place, "problem": f.problem, "remedy": f.remedy} for f in faults]
    return {"title": title, "faults": told}


def sound_alarm(error: SettlementError) -> None:
    """Executors that differ are an alarm, once; later refusals of the same edition are not."""
    if not isinstance(error, EnginesDisagree):
        return
    from settlement.rules.evaluate import EditionLatched

    if not isinstance(error, EditionLatched):
        alarm.critical("ALARM engines disagree, edition latched off: %s", error)


def _described(error: SettlementError) -> tuple[int, str, tuple[Fault, ...]]:
    code, title, remedy = next((c, t, r) for cls, c, t, r in _KINDS if isinstance(error, cls))
    faults = error.faults if isinstance(error, BadInput) else (Fault("", str(error), remedy),)
    return code, title, faults


def printable(text: str) -> str:
    """A text that cannot steer a terminal; its lines stay."""
    return "".join(c if c.isprintable() or c == "\n" else c.encode("unicode_escape").decode() for c in text)
