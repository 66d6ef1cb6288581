"""The clocks of cases: started with the case, stopped by what happens, paused with a reason."""

from collections.abc import Callable
from datetime import datetime, timedelta

from settlement.cases import clocks as pure
from settlement.cases.clocks import Calendar, RunningClock
from settlement.cases.lifecycle import Case, State
from settlement.dates import Duration, working_days
from settlement.desk.case_file import facts_of, grade, kept, policy_of, record
from settlement.desk.sitting import Sitting
from settlement.rules.live_policy import Policy
from settlement.rules.policy import PolicyTerms
from settlement.store import clocks as store
from settlement.store.cases import find_history

_STOPPED_BY = {
    "informed": ("first_response", "progress", "review_told"),
    "diagnosed": ("diagnosis",),
    "answered": ("first_response", "progress", "resolution", "review_told"),
    "result_told": ("first_response", "diagnosis", "progress", "resolution", "review_told"),
    "reopened": ("first_response", "diagnosis", "progress", "resolution", "visit", "review_told"),
    "followed_up": ("visit",),
    "reviewed": ("review",),
}
"""What an event stops. A round of talks counts as news."""


def calendar_of(terms: PolicyTerms) -> Calendar:
    return Calendar(terms.time_zone, working_days(terms.calendar))


def start_case_clocks(sitting: Sitting, case: Case, policy: Policy, grade: int) -> Case:
    """Start the clocks that the policy gives a case: from the receipt, or from now where it was reopened."""
    limits = policy.terms.clocks[case.kind]
    start = sitting.now if case.talk > 1 else _received_at(case)
    return start_clocks(sitting, case, policy, {what: by[grade - 1] for what, by in limits.items()}, start)


def start_clocks(
    sitting: Sitting, case: Case, policy: Policy, limits: dict[str, Duration], start: datetime
) -> Case:
    """Start clocks from a moment, in one event; one that runs already goes on as it is."""
    calendar, started = calendar_of(policy.terms), []
    running = {clock.what for clock in store.clocks_of(sitting.tx, case.id) if clock.stopped_at is None}
    for what, limit in limits.items():
        if what in running:
            continue
        number = store.next_number(sitting.tx, case.id, what)
        clock = pure.start(case.id, what, number, limit, start, calendar)
        store.insert_clock(sitting.tx, clock)
        started.append(_told(clock))
    return record(sitting, case, "clocks_started", {"clocks": started}) if started else case


def _told(clock: RunningClock) -> dict[str, str | None]:
    due = clock.due_at.isoformat() if clock.due_at else None
    return {"what": clock.what, "limit": str(clock.limit), "due": due}


def stop_clocks(sitting: Sitting, case: Case, by: str) -> Case:
    """Stop the clocks that an event stops, each on record with whether it was in time."""
    names = _STOPPED_BY.get(by, ())
    running = [c for c in store.clocks_of(sitting.tx, case.id) if c.stopped_at is None]
    for clock in running:
        if clock.what in names or by == "closed":
            case = _stopped(sitting, case, clock)
    return case


def follow(sitting: Sitting, case: Case, event: str, policy: Policy) -> Case:
    """Stop and start what an event stops and starts."""
    case = stop_clocks(sitting, case, event)
    limits = policy.terms.clocks[case.kind]
    if event == "informed" and not case.told and "progress" in limits and case.state is not State.CLOSED:
        grade = _grade_of(sitting, case)
        case = start_clocks(sitting, case, policy, {"progress": limits["progress"][grade - 1]}, sitting.now)
    if event in ("fulfilled", "talks_ended"):
        visit = policy.terms.life.follow_up.visit
        case = start_clocks(sitting, case, policy, {"visit": visit}, sitting.now)
    if event == "review_requested":
        review = policy.terms.life.follow_up.review
        case = start_clocks(sitting, case, policy, {"review": review}, sitting.now)
    return case


def regrade(sitting: Sitting, case: Case, policy: Policy, grade: int) -> Case:
    """Clocks that run or stand with another limit than the grade now gives go on with that one."""
    limits, calendar, changed = policy.terms.clocks[case.kind], calendar_of(policy.terms), []
    for clock in store.clocks_of(sitting.tx, case.id):
        if clock.stopped_at or clock.what not in limits or limits[clock.what][grade - 1] == clock.limit:
            continue
        moved = pure.relimited(clock, limits[clock.what][grade - 1], calendar)
        store.relimit_clock(sitting.tx, moved)
        changed.append(_told(moved))
    return record(sitting, case, "clocks_started", {"clocks": changed}) if changed else case


def pause_clock(sitting: Sitting, case: Case, what: str, reason: str) -> Case:
    """Let a clock stand while we wait for somebody else, but not for ever. Raises NotFound, ClockStands."""
    running = store.running_clock(sitting.tx, case.id, what)
    most = policy_of(sitting, case).terms.life.delays.pause_days
    spans = _stood(sitting, case, what)
    left = timedelta(days=most) - sum((until - since for since, until in spans), timedelta())
    if left <= timedelta() and running.paused_at is None:
        raise pure.ClockStands(f"the clock {what} of case {case.id} has stood for {most} days: it runs now")
    ref = kept(sitting, case, reason)
    clock = pure.pause(running, sitting.now, sitting.now + left, ref)
    case = record(sitting, case, "clock_paused", {"what": what, "reason": ref})
    store.save_clock(sitting.tx, clock)
    return case


def _stood(sitting: Sitting, case: Case, what: str) -> list[tuple[datetime, datetime]]:
    """From when to when the running clock of a name stood so far."""
    spans: list[tuple[datetime, datetime]] = []
    since = None
    for event in find_history(sitting.tx, case.id):
        if event.body.get("what") != what:
            continue
        if event.name == "clock_stopped":
            spans, since = [], None
        elif event.name == "clock_paused":
            since = event.at
        elif event.name == "clock_resumed" and since is not None:
            spans.append((since, datetime.fromisoformat(event.body["from"])))
    return spans


def resume_clock(sitting: Sitting, case: Case, what: str) -> Case:
    """Let it run on; its end moves by the pause. Raises NotFound, ClockStands."""
    return run_on(sitting, case, store.running_clock(sitting.tx, case.id, what))


def run_on(sitting: Sitting, case: Case, standing: RunningClock) -> Case:
    """Let a clock run on, from now or from when it had stood for as long as it may. Raises ClockStands."""
    clock = pure.resume(standing, sitting.now, calendar_of(policy_of(sitting, case).terms))
    body = {
        "what": clock.what,
        "from": pure.runs_from(standing, sitting.now).isoformat(),
        "due": clock.due_at and clock.due_at.isoformat(),
    }
    case = record(sitting, case, "clock_resumed", body)
    store.save_clock(sitting.tx, clock)
    return case


def date_clock(sitting: Sitting, case: Case, clock: RunningClock) -> Callable[[], Case] | None:
    """What fills in the end of a clock; None where its working days are not announced yet."""
    calendar = calendar_of(policy_of(sitting, case).terms)
    found = pure.dated(clock, _stood(sitting, case, clock.what), calendar)
    if found.due_at is None:
        return None
    body = {"what": found.what, "number": found.number, "due": found.due_at.isoformat()}

    def fill_in() -> Case:
        store.save_clock(sitting.tx, found)
        return record(sitting, case, "dated", body)

    return fill_in


def _stopped(sitting: Sitting, case: Case, clock: RunningClock) -> Case:
    calendar = calendar_of(policy_of(sitting, case).terms)
    stopped = pure.stop(pure.standing(clock, sitting.now, calendar), sitting.now)
    store.save_clock(sitting.tx, stopped)
    return record(sitting, case, "clock_stopped", {"what": clock.what, "in_time": pure.was_kept(stopped)})


def _received_at(case: Case) -> datetime:
    return datetime.fromisoformat(case.complaint["case"]["received_at"])


def _grade_of(sitting: Sitting, case: Case) -> int:
    return grade(facts_of(sitting, case), policy_of(sitting, case))
