"""The audit log over HTTP: read page by page, verified, and taken elsewhere; nothing of it writes."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from typing import Any

from flask import Response, request

from settlement.audit import Entry, Finding
from settlement.decision.answer import Part
from settlement.desk.audit import verify_records
from settlement.desk.audit_export import FORMATS, export_lines
from settlement.store.audit import list_entries
from settlement.store.checkpoints import list_checkpoints
from settlement.store.database import Database
from settlement.web.cases import BEFORE, LIMIT, TEXT, one_of
from settlement.web.operations import Operation, Parameter, answer
from settlement.web.problems import MOST_LISTED
from settlement.web.requests import Caller, as_limit, as_moment, as_one_of, as_text, read_query, service

_PAGE = 50
_PIECE = 64 * 1024
_LINES, _CSV = "application/x-ndjson", "text/csv"
_HASH = re.compile(r"[0-9a-fA-F]{64}", re.ASCII)


class AuditEntry(Part):
    """Something that happened, and its link in the chain.

    body  canonical JSON, as it was hashed; people who were forgotten stand in it by reference only
    prev  hash of the entry before; `hash` covers all the rest
    """

    seq: int
    at: str
    actor: str
    role: str
    event: str
    subject: str
    body: str
    prev: str
    hash: str


class AuditPage(Part):
    """A page of the log, newest first; `next` is the `before` of the next page, null on the last."""

    entries: tuple[AuditEntry, ...]
    next: str | None


class AuditFinding(Part):
    """One thing wrong with the log or with a record; `seq` is the entry at which it was noticed."""

    seq: int
    problem: str


class CheckpointShown(Part):
    """How far the log had come when somebody signed it, with Ed25519."""

    number: int
    count: int
    last_hash: str
    at: str
    public_key: str
    signature: str


class AuditVerified(Part):
    """The whole log, and every record against it.

    count            how many entries it has
    head             hash of the last; note it down, and a log that is rewritten later shows
    faults           how many findings there are; at most 500 are listed
    first_broken     the first entry at which one was noticed
    last_checkpoint  signed last; null where nobody has signed. Whether it holds is among the findings
    """

    whole: bool
    count: int
    head: str
    faults: int
    first_broken: int | None
    findings: tuple[AuditFinding, ...]
    last_checkpoint: CheckpointShown | None


def get_audit(caller: Caller) -> Response:
    """A page of entries."""
    query = read_query(
        **dict.fromkeys(_FILTERS, as_text),
        case=as_text,
        **{"from": as_moment, "to": as_moment},
        before=as_text,
        limit=as_limit,
    )
    with service().database.reading() as tx:
        found, following = list_entries(
            tx,
            filters={name: query[name] for name in _FILTERS if query[name] is not None},
            case_id=query["case"],
            first=query["from"],
            end=query["to"],
            before=query["before"],
            limit=query["limit"] or _PAGE,
        )
    return answer(AuditPage(entries=tuple(_entry(each) for each in found), next=following))


def verify_audit(caller: Caller) -> Response:
    """Whether nothing recorded was changed, removed or moved; what is wrong is an answer, no problem."""
    known = read_query(head=_as_hash)["head"]
    with service().database.reading() as tx:
        count, head, findings = verify_records(tx, known)
        checkpoints = list_checkpoints(tx)
    shown = AuditVerified(
        whole=not findings,
        count=count,
        head=_legible(head),
        faults=len(findings),
        first_broken=min((each.seq for each in findings), default=None),
        findings=tuple(_finding(each) for each in findings[:MOST_LISTED]),
        last_checkpoint=CheckpointShown(**_told(asdict(checkpoints[-1]))) if checkpoints else None,
    )
    return answer(shown)


def export_audit(caller: Caller) -> Response:
    """The whole log, its head and its checkpoints, as it is read: no answer is ever held whole."""
    form = read_query(format=as_one_of(*FORMATS))["format"]
    liked = form or request.accept_mimetypes.best_match([_LINES, _CSV], _LINES)
    form, media_type = ("csv", _CSV) if liked in ("csv", _CSV) else ("jsonl", _LINES)
    lines = _export(service().database, form)
    next(lines)  # a database that is away is told as a problem, while there is no answer yet
    response = Response(lines, mimetype=media_type)
    response.headers["Content-Disposition"] = f'attachment; filename="audit.{form}"'
    response.headers["Vary"] = "Accept, Authorization"
    return response


def _export(database: Database, form: str) -> Iterator[bytes]:
    """First nothing, once the database is open; then the log of that moment, some lines at a time."""
    with database.reading() as tx:
        tx.exec_driver_sql("SELECT 1")
        yield b""
        yield from _in_pieces(export_lines(tx, form))


def _in_pieces(lines: Iterable[bytes]) -> Iterator[bytes]:
    piece = bytearray()
    for line in lines:
        piece += line
        if len(piece) >= _PIECE:
            yield bytes(piece)
            piece.clear()
    yield bytes(piece)


def _entry(entry: Entry) -> AuditEntry:
    return AuditEntry(**_told(asdict(entry)))


def _finding(finding: Finding) -> AuditFinding:
    return AuditFinding(seq=finding.seq, problem=_legible(finding.problem))


def _told(record: dict[str, Any]) -> dict[str, Any]:
    return {name: _legible(value) if isinstance(value, str) else value for name, value in record.items()}


def _legible(text: str) -> str:
    """A byte that somebody spoilt is read as a surrogate, which no answer can hold; an export keeps it."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _as_hash(text: str) -> str:
    if not _HASH.fullmatch(text):
        raise ValueError("write all 64 characters of the hash, 0-9 and a-f; a shorter one proves little")
    return text


_FILTERS = ("event", "actor", "subject")
_MOMENT = {"type": "string", "format": "date-time", "pattern": "^(18|19|20|21)[0-9]{2}-"}

OPERATIONS = (
    Operation(
        name="get_audit",
        method="GET",
        path="/v1/audit",
        summary="What happened, newest first: every entry of the audit log, with its link in the chain",
        handler=get_audit,
        parameters=(
            Parameter("event", "query", TEXT, "Only this kind of event, such as delegated."),
            Parameter("actor", "query", TEXT, "Only what this person did."),
            Parameter("subject", "query", TEXT, "Only what happened to the thing of this id."),
            Parameter("case", "query", TEXT, "Only what happened to this case and was decided in it."),
            Parameter("from", "query", _MOMENT, "Only what happened at this moment or later."),
            Parameter("to", "query", _MOMENT, "Only what happened before this moment."),
            BEFORE,
            LIMIT,
        ),
        answers={200: (AuditPage,)},
        problems=(401, 403, 422),
    ),
    Operation(
        name="verify_audit",
        method="GET",
        path="/v1/audit/verify",
        summary="Check the whole log and every record against it; writes nothing",
        handler=verify_audit,
        parameters=(
            Parameter(
                "head",
                "query",
                {"type": "string", "pattern": "^[0-9a-fA-F]{64}$"},
                "A hash noted earlier: nothing up to it may be gone.",
            ),
        ),
        answers={200: (AuditVerified,)},
        problems=(401, 403, 422),
    ),
    Operation(
        name="export_audit",
        method="GET",
        path="/v1/audit/export",
        summary="The whole log, its head and its checkpoints, for: settlement audit verify --export FILE",
        handler=export_audit,
        parameters=(Parameter("format", "query", one_of(*FORMATS), "Else Accept decides."),),
        answers={200: _LINES},
        also=(_CSV,),
        problems=(401, 403, 422),
    ),
)
