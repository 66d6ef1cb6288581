"""Who may grant how much."""

from flask import Response

from settlement.cases.authority import PersonLimits
from settlement.complaint import Name
from settlement.dates import local_day
from settlement.decision.answer import Part
from settlement.desk.grants import limits_of, set_limits
from settlement.desk.sitting import Sitting
from settlement.errors import BadInput, CannotDecide, Fault, NotFound
from settlement.money import Money
from settlement.permissions import Reach, reach
from settlement.roles import Actor, Role
from settlement.rules.live_policy import Policy
from settlement.rules.policy import Limits
from settlement.store.people import find_person
from settlement.web.acting import Done, RequestPart, act, read_model
from settlement.web.operations import Operation, Parameter, answer
from settlement.web.requests import Caller, as_text, read_query, service
from settlement.web.suggestions import IDEMPOTENCY_KEY


class LimitsOfPart(RequestPart):
    """What may be granted in one case, in a day and in a month."""

    case: Money
    day: Money
    month: Money


class LimitsIn(RequestPart):
    """What a person may grant under a policy: of what is owed, and of goodwill."""

    policy: Name | None = None
    owed: LimitsOfPart
    goodwill: LimitsOfPart


class LimitsShown(Part):
    """What may be granted in one case, in a day and in a month."""

    case: Money
    day: Money
    month: Money


class PersonLimitsShown(Part):
    """What a person may grant under a policy."""

    person: str
    role: Role
    policy: str
    owed: LimitsShown
    goodwill: LimitsShown


def set_person_limits(caller: Caller, name: str) -> Response:
    """Set what somebody else may grant, never above what one may grant oneself."""
    body = read_model(LimitsIn)

    def make(sitting: Sitting) -> Done:
        policy = _policy(sitting, body.policy, "/policy")
        person = _person(sitting, name)
        _check_currency(body, policy.currency)
        set_limits(sitting, person, PersonLimits(_limits(body.owed), _limits(body.goodwill)), policy)
        return Done("-", 0, stood=_limits_of(sitting, person, policy).model_dump_json())

    return answer(PersonLimitsShown.model_validate_json(act(caller, body, make).stood))


def get_person_limits(caller: Caller, name: str) -> Response:
    """What a person may grant; agents see their own."""
    policy_id = read_query(policy=as_text)["policy"]
    own = reach(caller.actor.role, "get_person_limits") is Reach.OWN
    with service().database.reading() as tx:
        sitting = Sitting.begin(tx, service().books, caller.actor)
        if own and name != caller.actor.name:
            raise NotFound(f"no person {name!r} whose limits are yours to see")
        policy, person = _policy(sitting, policy_id, "query policy"), _person(sitting, name)
        shown = _limits_of(sitting, person, policy)
    return answer(shown)


def _limits_of(sitting: Sitting, person: Actor, policy: Policy) -> PersonLimitsShown:
    found = limits_of(sitting, person, policy)
    if found is None:
        raise NotFound(f"the role {person.role} grants nothing")
    return PersonLimitsShown(
        person=person.name,
        role=person.role,
        policy=policy.edition.id,
        owed=_limits_shown(found.owed),
        goodwill=_limits_shown(found.goodwill),
    )


def _person(sitting: Sitting, name: str) -> Actor:
    """Who has a name: oneself, or somebody on record. Raises NotFound."""
    if name == sitting.actor.name:
        return sitting.actor
    found = find_person(sitting.tx, name)
    if found is None:
        raise NotFound(f"no person {name!r}")
    return Actor(found.name, found.role)


def _policy(sitting: Sitting, policy_id: str | None, place: str) -> Policy:
    """The policy in force today; it must be named where there are several. Raises BadInput."""
    today = local_day(sitting.now, "UTC")
    in_force = sitting.books.policies_in_force(today)
    if policy_id is None and len(in_force) > 1:
        raise BadInput([Fault(place, "is missing", f"write one of {', '.join(in_force)}")])
    try:
        return Policy.of(sitting.books.policy_for(policy_id, today))
    except (NotFound, CannotDecide) as unknown:
        raise BadInput([Fault(place, str(unknown), f"write one of {', '.join(in_force)}")]) from None


def _check_currency(body: LimitsIn, currency: str) -> None:
    faults = [
        Fault(f"/{part}/{period}", f"is in {amount.currency}", f"write it in {currency}")
        for part in ("owed", "goodwill")
        for period, amount in getattr(body, part)
        if amount.currency != currency
    ]
    if faults:
        raise BadInput(faults)


def _limits(told: LimitsOfPart) -> Limits:
    return Limits(told.case, told.day, told.month)


def _limits_shown(limits: Limits) -> LimitsShown:
    return LimitsShown(case=limits.case, day=limits.day, month=limits.month)


_TEXT = {"type": "string", "minLength": 1, "maxLength": 64, "pattern": r"^[^\x00-\x1f\x7f]*$"}
_NAME = Parameter("name", "path", {"type": "string", "maxLength": 64}, "The name of the person.")

OPERATIONS = (
    Operation(
        name="get_person_limits",
        method="GET",
        path="/v1/people/{name}/limits",
        summary="What a person may grant; agents see their own",
        handler=get_person_limits,
        parameters=(_NAME, Parameter("policy", "query", _TEXT, "May be left out where one is in force.")),
        answers={200: (PersonLimitsShown,)},
        problems=(401, 403, 404, 422),
    ),
    Operation(
        name="set_person_limits",
        method="POST",
        path="/v1/people/{name}/limits",
        summary="Set what somebody else may grant, never above what one may grant oneself",
        handler=set_person_limits,
        body=LimitsIn,
        parameters=(_NAME, IDEMPOTENCY_KEY),
        answers={200: (PersonLimitsShown,)},
        problems=(400, 401, 403, 404, 409, 413, 415, 422),
    ),
)
