"""Errors raised on purpose.

SettlementError
  BadInput          something sent to us cannot be read; carries every fault
    BadBook         a rule book cannot be read
  NotFound          no such record, book or edition
  CannotDecide      the rules in force give no answer; a person takes the case
  Refused           understood, and not allowed in this state
    NotAuthorised   not allowed for this person
  EnginesDisagree   the two executors differ or one failed; the edition is latched off
  Unavailable       the database cannot be reached, or not in time; nothing was recorded
  OutcomeUnknown    the database was lost at the last moment; recorded whole, or not at all
"""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong: where, what, and what to do about it.

    `place` is a JSON pointer into a request, or file, table, row and column of a book.
    """

    place: str
    problem: str
    remedy: str = ""

    def __str__(self) -> str:
        return f"{self.place}: {self.problem}" + (f"\n  To do: {self.remedy}" if self.remedy else "")

    def under(self, prefix: str) -> "Fault":
        """The same fault, its place seen from further out."""
        return Fault(prefix + self.place, self.problem, self.remedy)


class SettlementError(Exception):
    """The root of every error raised on purpose."""


class BadInput(SettlementError):
    """Input with one or more faults; all of them are listed."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(str(fault) for fault in self.faults))


class BadBook(BadInput):
    """A rule book with one or more faults."""


class NotFound(SettlementError):
    """No such record, book or edition."""


class CannotDecide(SettlementError):
    """The rules in force give no answer to these facts."""


class Refused(SettlementError):
    """Understood, but not allowed as things stand."""


class NotAuthorised(Refused):
    """Not allowed for this person; somebody else may."""


class EnginesDisagree(SettlementError):
    """The two executors differ, or the engine failed: nothing was decided."""


class Unavailable(SettlementError):
    """The database cannot be reached, or not in time: nothing was recorded."""


class OutcomeUnknown(SettlementError):
    """The database was lost while the work was being committed: it is recorded whole, or not at all."""
