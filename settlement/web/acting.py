"""Doing one thing: once for each Idempotency-Key, to a case that still stands as it was read.

Every answer to a change is shown from the records as they stood right after it; where a row moves on, how
it stood is kept with the key. So a request that is sent again gets the answer it got before, whatever has
happened since: in the language and the view of now, and with the sums that its sender may put now. Who may
not see the thing any more is refused like anybody else.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar

from flask import Response, request
from pydantic import BaseModel, ConfigDict, StringConstraints

from settlement.cases.lifecycle import Case, fold
from settlement.complaint import validated
from settlement.desk.case_file import read_case
from settlement.desk.idempotency import once
from settlement.desk.sitting import Sitting
from settlement.errors import BadInput, Fault
from settlement.store.cases import find_history
from settlement.strict_json import read_json
from settlement.web.operations import Answers, Operation, Parameter, answer
from settlement.web.problems import WrongForm
from settlement.web.requests import Caller, read_body, read_key, read_query, service, writing
from settlement.web.suggestions import IDEMPOTENCY_KEY

Body = TypeVar("Body", bound=BaseModel)

_VERSION = re.compile(r'"([1-9][0-9]{0,8})"', re.ASCII)
_NO_CONTROL = r"^[^\x00-\x08\x0b-\x1f\x7f]*$"
LongText = Annotated[str, StringConstraints(min_length=1, max_length=5000, pattern=_NO_CONTROL)]
ShortText = Annotated[str, StringConstraints(min_length=1, max_length=500, pattern=_NO_CONTROL)]

IF_MATCH = Parameter(
    "If-Match",
    "header",
    {"type": "string", "pattern": '^"[1-9][0-9]{0,8}"$'},
    "The ETag of the case as it was read. A case that has moved on since is not changed: 412.",
    required=True,
)
CASE_ID = Parameter(
    "case_id", "path", {"type": "string", "maxLength": 64}, "The id under which the case was opened."
)


class RequestPart(BaseModel):
    """A part of a request; unknown names and wrong types are refused."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


@dataclass(frozen=True, slots=True)
class Done:
    """What a change came to: the case, how many events it has now, and the id of what was made or moved.

    stood  that thing as JSON, as it stood then, where its row moves on
    """

    case: str
    version: int
    thing: str = ""
    stood: str = ""

    @classmethod
    def to(cls, case: Case, thing: str = "", stood: str = "") -> "Done":
        return cls(case.id, case.version, thing, stood)

    def written(self) -> str:
        return f"{self.version} {self.case} {self.thing} {self.stood}"

    @classmethod
    def read(cls, text: str) -> "Done":
        version, case, thing, stood = text.split(" ", 3)
        return cls(case, int(version), thing, stood)


Make = Callable[[Sitting], Done]
Show = Callable[[Sitting, Done], BaseModel]
Check = Callable[[Sitting, Done], object]


def act(caller: Caller, body: BaseModel | None, make: Make) -> Done:
    """Let something happen, or find what came of it when the same key came first."""
    key = read_key()
    with writing(caller) as sitting:
        found = once(
            sitting.tx,
            token=caller.token,
            route=f"{request.method} {request.path}",
            key=key,
            body=body.model_dump(mode="json") if body is not None else None,
            now=sitting.now,
            make=lambda: make(sitting).written(),
        )
    return Done.read(found)


def has_case(sitting: Sitting, done: Done) -> None:
    """Raises NotFound where the case is somebody else's by now. Who declined it hears that again."""
    last = find_history(sitting.tx, done.case)[done.version - 1]
    if last.name != "hand_over_declined" or last.actor.name != sitting.actor.name:
        read_case(sitting, done.case, "get_case")


def shown(caller: Caller, done: Done, show: Show, status: int = 200, may_see: Check = has_case) -> Response:
    """The answer to a change, with the ETag of the case. Raises what `may_see` raises."""
    with service().database.reading() as tx:
        sitting = Sitting.begin(tx, service().books, caller.actor)
        may_see(sitting, done)
        view = show(sitting, done)
    response = answer(view, status)
    response.headers["ETag"] = etag(done.version)
    return response


def change_case(
    caller: Caller,
    case_id: str,
    operation: str,
    body: BaseModel | None,
    change: Callable[[Sitting, Case], Done],
) -> Done:
    """Change a case that still stands as it was read. Raises StaleCase, and what `change` raises.

    A key that came before is answered before the version is looked at: the case moved by that very request.
    """
    read_query()
    version = read_version()

    def make(sitting: Sitting) -> Done:
        return change(sitting, read_case(sitting, case_id, operation, version))

    return act(caller, body, make)


def case_after(sitting: Sitting, done: Done) -> Case:
    """The case as it stood right after a change."""
    return fold(done.case, find_history(sitting.tx, done.case)[: done.version])


def sitting_of(sitting: Sitting, done: Done) -> Sitting:
    """The same person at the moment of a change, so that dates that count from it stay the same."""
    at = find_history(sitting.tx, done.case)[done.version - 1].at
    return Sitting(sitting.tx, sitting.books, sitting.actor, at, sitting.new_id)


def etag(version: int) -> str:
    return f'"{version}"'


def read_version() -> int:
    """The version that If-Match names. Raises WrongForm (428) without one, BadInput for another form."""
    given = request.headers.get("If-Match")
    if given is None:
        raise WrongForm(428, 'send If-Match: "…", the ETag of the case as you read it')
    found = _VERSION.fullmatch(given.strip())
    if found is None:
        remedy = 'send the ETag of the case as it was given, like "7"'
        raise BadInput([Fault("header If-Match", "is not the ETag of a case", remedy)])
    return int(found[1])


def read_model(model: type[Body]) -> Body:
    """The body as a model; such a request takes no query. Raises NotJson, WrongForm, BadInput."""
    read_query()
    raw = read_body()
    read_json(raw)
    return validated(model, raw)


def read_choice(model: type[Body], tag: str) -> Body:
    """The same for a body that is one of several, told apart by the field `tag`.

    The place of a fault is one in the body: without the name of the choice, which stands before it.
    """
    read_query()
    raw = read_body()
    data = read_json(raw)
    chosen = data.get(tag) if isinstance(data, dict) else None
    try:
        return validated(model, raw)
    except BadInput as error:
        raise BadInput(_in_choice(fault, chosen, tag) for fault in error.faults) from None


def _in_choice(fault: Fault, chosen: Any, tag: str) -> Fault:
    if isinstance(chosen, str) and (fault.place + "/").startswith(f"/{chosen}/"):
        return Fault(fault.place[len(chosen) + 1 :], fault.problem, fault.remedy)
    if fault.place == "" and fault.problem.startswith("unable to extract tag"):
        return Fault(f"/{tag}", "is missing", "give it, or see the schema for what it may be")
    if fault.place == "" and fault.problem.startswith("input tag"):
        expected = fault.problem.partition("expected tags: ")[2]
        return Fault(f"/{tag}", f"cannot be {chosen!r}"[:100], f"write one of {expected}")
    return fault


@contextmanager
def faults_under(place: str) -> Iterator[None]:
    """Faults of a part of the body, seen from the whole of it."""
    try:
        yield
    except BadInput as error:
        raise BadInput(fault.under(place) for fault in error.faults) from error.__cause__


def changing(
    name: str,
    path: str,
    summary: str,
    handler: Callable[[Caller, str], Response],
    answers: Mapping[int, Answers],
    body: type[BaseModel] | None = None,
    sends: tuple[str, ...] = ("ETag",),
    examples: Mapping[str, Any] | None = None,
) -> Operation:
    """A route that changes a case, under its address."""
    return Operation(
        name=name,
        method="POST",
        path=f"/v1/cases/{{case_id}}/{path}",
        summary=summary,
        handler=handler,
        body=body,
        examples=examples or {},
        parameters=(CASE_ID, IF_MATCH, IDEMPOTENCY_KEY),
        answers=answers,
        sends=sends,
        problems=(401, 403, 404, 409, 412, 422, 428, 503, *((400, 413, 415) if body else ())),
    )
