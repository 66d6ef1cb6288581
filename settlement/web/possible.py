"""What can be done with a case instead of what was refused: in words, each with its route."""

from collections.abc import Callable

from flask import Response, current_app, g, json, request

from settlement.desk.case_file import read_case
from settlement.desk.case_pages import possible_now
from settlement.desk.sitting import Sitting
from settlement.errors import Refused, SettlementError
from settlement.web.problems import of_error
from settlement.web.requests import Caller, service


def route_for(case_id: str) -> Callable[[str], tuple[str, str]]:
    """Method and path of an operation with one case."""

    def route(operation: str) -> tuple[str, str]:
        rule = next(current_app.url_map.iter_rules(operation))
        method = next(each for each in ("POST", "GET") if each in (rule.methods or ()))
        return method, rule.rule.replace("<case_id>", case_id)

    return route


def of_refusal(error: Refused) -> Response:
    """The problem for what is not allowed as things stand; a 409 about a case says what can be done."""
    response = of_error(error)
    case_id, caller = (request.view_args or {}).get("case_id"), g.get("caller")
    if response.status_code == 409 and case_id is not None and caller is not None:
        body = json.loads(response.get_data())
        response.set_data(json.dumps(body | {"possible": _possible(caller, case_id)}) + "\n")
    return response


def _possible(caller: Caller, case_id: str) -> list[dict[str, str]]:
    try:
        with service().database.reading() as tx:
            sitting = Sitting.begin(tx, service().books, caller.actor)
            case = read_case(sitting, case_id, "get_case")
            found = possible_now(sitting, case, "en", route_for(case_id))
    except SettlementError:
        return []  # the refusal is the answer, also where nothing can be said beside it
    return [each.model_dump(mode="json") for each in found]
