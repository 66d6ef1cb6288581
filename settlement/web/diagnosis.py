"""What is known of a case: the diagnosis, confirmed signals, and the suggestion that follows."""

from typing import Annotated

from flask import Response
from pydantic import Field

from settlement.cases.lifecycle import Case
from settlement.cases.views import CaseMoved
from settlement.complaint import Complaint
from settlement.decision.views import AgentView, SupervisorView, View, view_for
from settlement.desk import cases
from settlement.desk.records import decision_of, phrases_for
from settlement.desk.sitting import Sitting
from settlement.rules.talk import Signal
from settlement.store.decisions import find_decision
from settlement.web.acting import (
    Done,
    LongText,
    RequestPart,
    ShortText,
    change_case,
    changing,
    faults_under,
    read_model,
    shown,
)
from settlement.web.cases import moved
from settlement.web.requests import Caller, read_language


class DiagnosisIn(RequestPart):
    """The facts as they are now known, whole, with the list of evidence; `found` says what was found out.

    What was known of the customer's value stays known where it is left out.
    """

    complaint: Complaint
    found: LongText | None = None


class SignalsConfirmed(RequestPart):
    """Signals that a person confirmed, or took back; those that are left out stay as they are.

    signals  true confirms, false takes back; no diagnosis takes back what a person confirmed
    reason   why: needed where a signal that stands is taken back
    """

    signals: Annotated[dict[Signal, bool], Field(min_length=1)]
    reason: ShortText | None = None


def diagnose_case(caller: Caller, case_id: str) -> Response:
    """Write down what was found out; running talks are decided anew and go on from that."""
    body = read_model(DiagnosisIn)

    def change(sitting: Sitting, case: Case) -> Done:
        with faults_under("/complaint"):
            case = cases.diagnose(sitting, case, body.complaint, body.found)
        return Done.to(case)

    return shown(caller, change_case(caller, case_id, "diagnose_case", body, change), moved)


def confirm_signals(caller: Caller, case_id: str) -> Response:
    """Set signals that a person confirmed, or take them back with a reason."""
    body = read_model(SignalsConfirmed)
    signals = {str(name): value for name, value in body.signals.items()}

    def change(sitting: Sitting, case: Case) -> Done:
        return Done.to(cases.confirm_signals(sitting, case, signals, body.reason))

    return shown(caller, change_case(caller, case_id, "confirm_signals", body, change), moved)


def suggest_for_case(caller: Caller, case_id: str) -> Response:
    """Decide a diagnosed case. 201 with the decision in the view of the caller's role."""

    def change(sitting: Sitting, case: Case) -> Done:
        case, advised = cases.suggest_for_case(sitting, case)
        assert advised.record is not None, "what is suggested for a case is recorded"
        return Done.to(case, advised.record.id)

    done = change_case(caller, case_id, "suggest_for_case", None, change)
    response = shown(caller, done, _decision, 201)
    response.headers["Location"] = f"/v1/decisions/{done.thing}"
    return response


def _decision(sitting: Sitting, done: Done) -> View:
    decision = decision_of(find_decision(sitting.tx, done.thing))
    phrases = phrases_for(decision, sitting.books, read_language())
    return view_for(sitting.actor.role, done.thing, decision, phrases)


OPERATIONS = (
    changing(
        "diagnose_case",
        "diagnosis",
        "Write down what was found out, with its evidence; running talks are decided anew",
        diagnose_case,
        {200: (CaseMoved,)},
        DiagnosisIn,
    ),
    changing(
        "confirm_signals",
        "signals",
        "Set signals that a person confirmed, or take them back; a danger ends the talks",
        confirm_signals,
        {200: (CaseMoved,)},
        SignalsConfirmed,
    ),
    changing(
        "suggest_for_case",
        "suggestion",
        "Decide a diagnosed case by the policy of the day it came in",
        suggest_for_case,
        {201: (AgentView, SupervisorView)},
        sends=("ETag", "Location"),
    ),
)
