"""Reports, as JSON or CSV, and the sample of cases that somebody looks at again."""

from datetime import date, datetime
from typing import Any

from flask import Response, request

from settlement.cases.spreadsheet import write_csv
from settlement.cases.tallies import Row
from settlement.decision.answer import Part
from settlement.desk.reports import COLUMNS, Period, report, sample
from settlement.desk.sitting import Sitting
from settlement.errors import BadInput, Fault, NotFound
from settlement.money import Money
from settlement.web.operations import Operation, Parameter, answer
from settlement.web.requests import Caller, as_date, as_limit, as_one_of, as_text, read_query, service

_JSON, _CSV = "application/json", "text/csv"
_SAMPLE = 10


class ReportShown(Part):
    """The lines of a report over cases received in a period, both days counted; null: without a bound.

    Averages and shares are texts with four decimals; null stands for what is not known.
    """

    report: str
    first: date | None
    last: date | None
    columns: tuple[str, ...]
    rows: tuple[dict[str, Money | bool | int | str | None], ...]


class CaseToCheck(Part):
    """A closed case to be looked at again."""

    case: str
    kind: str
    problem: str
    cause: str
    grade: int | None
    owner: str
    policy: str
    received_at: datetime
    closed_at: datetime


class SampleShown(Part):
    """A sample that the seed alone draws: the same seed draws the same again."""

    seed: str
    cases: tuple[CaseToCheck, ...]


def get_report(caller: Caller, name: str) -> Response:
    """One report. CSV by `format`, else by what Accept likes best."""
    query = read_query(format=as_one_of("json", "csv"), **_PERIOD_READERS)
    if name not in COLUMNS:
        raise NotFound(f"no report {name[:64]!r}; the reports are {', '.join(COLUMNS)}")
    period = Period(query["from"], query["to"])
    with service().database.reading() as tx:
        rows = report(Sitting.begin(tx, service().books, caller.actor), name, period)
    liked = query["format"] or request.accept_mimetypes.best_match([_JSON, _CSV], _JSON)
    response = _as_csv(name, rows) if liked in ("csv", _CSV) else _as_json(name, period, rows)
    response.headers["Vary"] = "Accept, Accept-Language, Authorization"
    return response


def _as_csv(name: str, rows: list[Row]) -> Response:
    response = Response(write_csv(COLUMNS[name], rows), mimetype=_CSV)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response


def _as_json(name: str, period: Period, rows: list[Row]) -> Response:
    return answer(
        ReportShown(
            report=name, first=period.first, last=period.last, columns=COLUMNS[name], rows=tuple(rows)
        )
    )


def get_sample(caller: Caller) -> Response:
    """Closed cases to look at again, drawn by a seed."""
    query = read_query(seed=as_text, n=as_limit, **_PERIOD_READERS)
    if query["seed"] is None:
        raise BadInput([Fault("query seed", "is missing", "give any word; the same draws the same again")])
    with service().database.reading() as tx:
        sitting = Sitting.begin(tx, service().books, caller.actor)
        period = Period(query["from"], query["to"])
        drawn = sample(sitting, query["seed"], query["n"] or _SAMPLE, period)
    names = [name for name in CaseToCheck.model_fields if name != "case"]
    shown = tuple(
        CaseToCheck(case=each.id, **{name: getattr(each, name) for name in names}) for each in drawn
    )
    return answer(SampleShown(seed=query["seed"], cases=shown))


_PERIOD_READERS: dict[str, Any] = {"from": as_date, "to": as_date}
_DAY = {"type": "string", "format": "date"}
_PERIOD = (
    Parameter("from", "query", _DAY, "Only cases received on this day or later, by their policy's time."),
    Parameter("to", "query", _DAY, "Only cases received on this day or earlier."),
)
_TEXT = {"type": "string", "minLength": 1, "maxLength": 64, "pattern": r"^[^\x00-\x1f\x7f]*$"}

OPERATIONS = (
    Operation(
        name="get_sample",
        method="GET",
        path="/v1/reports/sample",
        summary="Closed cases to look at again, drawn by a seed",
        handler=get_sample,
        parameters=(
            Parameter("seed", "query", _TEXT, "Any word; the same draws the same again.", required=True),
            Parameter(
                "n", "query", {"type": "integer", "minimum": 1, "maximum": 200}, f"How many; {_SAMPLE}."
            ),
            *_PERIOD,
        ),
        answers={200: (SampleShown,)},
        problems=(401, 403, 422),
    ),
    Operation(
        name="get_report",
        method="GET",
        path="/v1/reports/{name}",
        summary="A report over the cases of a period, as JSON or CSV",
        handler=get_report,
        parameters=(
            Parameter("name", "path", {"type": "string", "enum": list(COLUMNS)}, "Which report."),
            Parameter("format", "query", {"type": "string", "enum": ["json", "csv"]}, "Else Accept decides."),
            *_PERIOD,
        ),
        answers={200: (ReportShown,)},
        also=(_CSV,),
        problems=(401, 403, 404, 422),
    ),
)
