"""What is due soon."""

from datetime import UTC, datetime

from flask import Response

from settlement.cases.due import DueItem
from settlement.decision.answer import Part
from settlement.desk.due import KINDS, Wanted, due_soon
from settlement.roles import Role
from settlement.web.operations import Operation, Parameter, answer
from settlement.web.requests import Caller, as_limit, as_moment, as_text, read_language, read_query, service

_PAGE = 50


class DueShown(Part):
    """One thing that waits. Neither a customer nor a sum is known here, so nothing is put in order by them.

    kind       clock, approval, promise, hand_over, visit or review
    id         of the approval or the promise
    whose      who is to act; null where anybody of `level` may
    level      who must decide at least; for a promise, who does it
    due_at     null where no end is known, or while the clock stands
    left_s     seconds left as the limit counts them; negative when it is over; where the calendar is not
               announced, the least that it can be
    working_days   the limit counts working days only, and so does `left_s`
    stands     the clock was paused, `stands_since` when and for which `reason`: we wait for somebody else;
               at `stands_until` it runs on by itself
    not_announced  its end waits for the working days of a year that is not announced yet
    """

    kind: str
    what: str
    text: str
    case: str
    id: str | None
    whose: str | None
    level: Role | None
    since: datetime
    due_at: datetime | None
    left_s: int | None
    stands: bool
    working_days: bool
    stands_since: datetime | None
    stands_until: datetime | None
    reason: str | None
    not_announced: bool


class DueList(Part):
    """The first of what is due, the least time left first, and how much there is in all."""

    due: tuple[DueShown, ...]
    total: int


def get_due(caller: Caller) -> Response:
    """What waits, the most urgent first; agents see what is theirs to do."""
    query = read_query(owner=as_text, what=as_text, before=as_moment, limit=as_limit)
    wanted = Wanted(query["owner"], query["what"], query["before"])
    with service().database.reading() as tx:
        found = due_soon(tx, service().books, caller.actor, datetime.now(UTC), wanted, read_language())
    first = found[: query["limit"] or _PAGE]
    return answer(DueList(due=tuple(_shown(item) for item in first), total=len(found)))


def _shown(item: DueItem) -> DueShown:
    names = [name for name in DueShown.model_fields if name not in ("case", "left_s")]
    left = None if item.left is None else round(item.left.total_seconds())
    return DueShown(case=item.case_id, left_s=left, **{name: getattr(item, name) for name in names})


_MOMENT = {"type": "string", "format": "date-time"}
_TEXT = {"type": "string", "minLength": 1, "maxLength": 64, "pattern": r"^[^\x00-\x1f\x7f]*$"}

OPERATIONS = (
    Operation(
        name="get_due",
        method="GET",
        path="/v1/due",
        summary="What is due soon, the least time left first; agents see what is theirs to do",
        handler=get_due,
        parameters=(
            Parameter("owner", "query", _TEXT, "Only of cases of this person, or for this person to do."),
            Parameter("what", "query", _TEXT, f"Only of this kind ({', '.join(KINDS)}) or name."),
            Parameter(
                "before",
                "query",
                {"type": "string", "format": "date-time"},
                "Only what ends before a moment.",
            ),
            Parameter(
                "limit", "query", {"type": "integer", "minimum": 1, "maximum": 200}, f"How many; {_PAGE}."
            ),
        ),
        answers={200: (DueList,)},
        problems=(401, 403, 422),
    ),
)
