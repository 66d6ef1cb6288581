"""Who may do what: one table, read by the routes, the desk, the tests and the documentation.

A row is an operation by its name, or with a dot one part of it. Reasons: who decides must see what they
decide; agents see their own work; finance and auditors see everything and change no case; an admin
keeps people and tokens and sees no decision.
"""

from collections.abc import Mapping
from enum import StrEnum

from settlement.errors import NotAuthorised
from settlement.roles import LEVELS, Role


class Reach(StrEnum):
    """How far a permission goes: to one's own things only, or to everybody's."""

    OWN = "own"
    ALL = "all"


def _all(*roles: Role) -> dict[Role, Reach]:
    return dict.fromkeys(roles, Reach.ALL)


def _own(*roles: Role) -> dict[Role, Reach]:
    return dict.fromkeys(roles, Reach.OWN)


_AGENTS = (Role.AGENT, Role.SENIOR_AGENT)
_ABOVE = (Role.SUPERVISOR, Role.MANAGER, Role.DIRECTOR)
_CHECKERS = (Role.FINANCE, Role.AUDITOR)
_READ = _own(*_AGENTS) | _all(*_ABOVE, *_CHECKERS)
_WORK = _own(*_AGENTS) | _all(*_ABOVE)

OPEN = frozenset({"post_login", "get_limits", "get_health", "get_readiness"})
"""Operations for everybody, without a token."""

PERMISSIONS: Mapping[str, Mapping[Role, Reach]] = {
    # suggestions and decisions
    "post_suggestion": _all(*LEVELS, *_CHECKERS),
    "post_suggestion.record": _all(*LEVELS),
    "post_suggestion.as_of": _all(*_CHECKERS),
    "get_decisions": _own(*_AGENTS) | _all(*_ABOVE, *_CHECKERS),
    "get_decision": _own(*_AGENTS) | _all(*_ABOVE, *_CHECKERS),
    "get_trace": _all(*_CHECKERS),
    # published tables and rule books
    "post_entitlement": _all(*Role),
    "get_books": _all(*Role),
    "get_book": _all(*Role),
    "get_book.policy": _all(*_ABOVE, *_CHECKERS),
    # oneself, and the process
    "post_logout": _own(*Role),
    "get_me": _own(*Role),
    "get_metrics": _all(Role.AUDITOR, Role.ADMIN),
    # cases
    "open_case": _all(*LEVELS),
    "get_cases": _READ,
    "get_case": _READ,
    "get_case_events": _READ,
    "diagnose_case": _WORK,
    "confirm_signals": _WORK,
    "suggest_for_case": _WORK,
    "hand_over_case": _WORK,
    "hand_over_case.take": _all(*_ABOVE),
    "inform_customer": _WORK,
    "answer_case": _WORK,
    "tell_result": _WORK,
    "follow_up_case": _WORK,
    "close_case": _WORK,
    "reopen_case": _WORK,
    "review_case": _WORK,
    "review_case.decide": _all(*_ABOVE),
    "hold_case": _all(*_ABOVE, *_CHECKERS),
    "run_clocks": _WORK,
    # talks
    "get_advice": _own(*_AGENTS) | _all(*_ABOVE),
    "play_round": _WORK,
    "agree": _WORK,
    "get_agreement": _READ,
    # approvals
    "ask_approval": _WORK,
    "bypass_approval": _WORK,
    "get_approvals": _READ,
    "get_approval": _READ,
    "decide_approval": _all(*LEVELS),
    "delegate": _all(Role.SENIOR_AGENT, *_ABOVE),
    "get_delegations": _READ,
    "end_delegation": _WORK,
    "get_person_limits": _READ,
    "set_person_limits": _all(*_ABOVE),
    # promises
    "promise_date": _WORK,
    "get_promises": _READ,
    "keep_promise": _WORK,
    "get_fulfilment": _READ,
    "fulfil": _WORK,
    # what is due, reports, the audit log, and forgetting
    "get_due": _READ,
    "get_report": _all(*_ABOVE, *_CHECKERS),
    "get_sample": _all(*_ABOVE, *_CHECKERS),
    "get_audit": _all(*_CHECKERS),
    "verify_audit": _all(*_CHECKERS),
    "export_audit": _all(*_CHECKERS),
    "post_erasure": _all(Role.ADMIN),  # who keeps people; no case is shown, only which stand in the way
}


def reach(role: Role, name: str) -> Reach | None:
    """How far a role may do something; None where it may not. Raises KeyError for a name without a row."""
    return Reach.ALL if name in OPEN else PERMISSIONS[name].get(role)


def need(role: Role, name: str) -> Reach:
    """How far a role may do something. Raises NotAuthorised where it may not."""
    found = reach(role, name)
    if found is None:
        served = ", ".join(each for each in Role if reach(each, name))
        raise NotAuthorised(f"the role {role} may not do this; it is for {served}")
    return found


def in_words(name: str) -> str:
    """Who may do something, as the documentation tells it. Raises KeyError for a name without a row."""
    if name in OPEN:
        return "Open to everybody, without a token."
    everything = ", ".join(role for role in Role if reach(role, name) is Reach.ALL)
    own = ", ".join(role for role in Role if reach(role, name) is Reach.OWN)
    told = [everything] if everything else []
    return f"Roles: {'; '.join([*told, f'{own}: their own'] if own else told)}."
