"""The OpenAPI document, generated from the operations, their models and the books on the shelf."""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

import settlement
from settlement.money import EXPONENTS
from settlement.permissions import OPEN, in_words
from settlement.rules.book import BookKind, Edition
from settlement.rules.library import Books
from settlement.rules.types import Kind, Type
from settlement.web.operations import Answers, Operation, Parameter
from settlement.web.problems import MEDIA_TYPE

_REF = "#/components/schemas/{model}"
_TITLES = {
    400: "Not one plain JSON value",
    401: "No token, or one that stands for nobody",
    403: "Not allowed for this role",
    404: "Not found",
    409: "Not allowed as things stand, or the rules give no answer",
    412: "The case has moved on since it was read: read it, then decide again",
    413: "Too large",
    415: "Not JSON",
    422: "Faults, all of them listed",
    428: "If-Match is missing: send the ETag of the case as it was read",
    429: "Asked too often: Retry-After says when to come again",
    503: "The rules engine is in doubt, or the database is away; the problem says whether to send it again",
}


def openapi_document(operations: Iterable[Operation], books: Books) -> dict[str, Any]:
    """OpenAPI 3.1 for these operations; names of policies, packs and categories come from the books."""
    operations = tuple(operations)
    schemas = _schemas(operations)
    _name_the_books(schemas, books)
    _without_levels(schemas)
    paths: dict[str, dict[str, Any]] = {}
    for operation in operations:
        for path, described in _described(operation, books):
            paths.setdefault(path, {})[operation.method.lower()] = described
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "settlement",
            "version": settlement.__version__,
            "description": settlement.__doc__,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "paths": paths,
        "components": {
            "schemas": schemas | {"Problem": _PROBLEM},
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}},
        },
    }


def _schemas(operations: tuple[Operation, ...]) -> dict[str, Any]:
    models = (found for o in operations for found in o.answers.values() if not isinstance(found, str))
    answers = {model for each in models for model in each}
    bodies = {o.body for o in operations if o.body}
    wanted: list[tuple[type[BaseModel], Any]] = [(model, "serialization") for model in answers]
    wanted += [(model, "validation") for model in bodies]
    wanted.sort(key=lambda pair: pair[0].__name__)
    _, definitions = models_json_schema(wanted, ref_template=_REF)
    schemas = _renamed(definitions["$defs"])
    for schema in schemas.values():
        for name, each in schema.get("properties", {}).items():
            if "const" in each and each.pop("default", None):  # it tells apart what else could be meant
                schema["required"] = sorted({name, *schema.get("required", ())})
    return schemas


_NAMED_ANEW = {
    "settlement__cases__lifecycle__State": "CaseState",
    "settlement__negotiation__talks__State": "TalkState",
    "Reach-Input": "Reach",
    "Reach-Output": "ReachKnown",
}
"""Where two models are called the same, pydantic writes where they stand in the code."""


def _renamed(schemas: Mapping[str, Any]) -> dict[str, Any]:
    text = json.dumps(schemas)
    for old, new in _NAMED_ANEW.items():
        text = text.replace(json.dumps(_REF.format(model=old)), json.dumps(_REF.format(model=new)))
    found: dict[str, Any] = json.loads(text)
    return {_NAMED_ANEW.get(name, name): schema for name, schema in found.items()}


def _described(operation: Operation, books: Books) -> Iterator[tuple[str, dict[str, Any]]]:
    """The operation by its path; one that asks a pack once for each pack, whose facts it then names."""
    described: dict[str, Any] = {
        "operationId": operation.name,
        "summary": operation.summary,
        "description": in_words(operation.name),
        "responses": _answers(operation),
    }
    if operation.name not in OPEN:
        described["security"] = [{"bearer": []}]
    if operation.parameters:
        described["parameters"] = [_parameter(each, books) for each in operation.parameters]
    if operation.body:
        content: dict[str, Any] = {"schema": {"$ref": _REF.format(model=operation.body.__name__)}}
        if operation.examples:
            content["examples"] = {name: {"value": body} for name, body in operation.examples.items()}
        described["requestBody"] = {"required": True, "content": {"application/json": content}}
    if "{pack}" not in operation.path:
        yield operation.path, described
        return
    for pack in _newest(books, BookKind.PACK):
        yield operation.path.replace("{pack}", pack.id), described | _asking(pack, described)


def _asking(pack: Edition, described: dict[str, Any]) -> dict[str, Any]:
    """What is different where one pack is asked."""
    body = {
        "type": "object",
        "properties": {"facts": {"$ref": _REF.format(model=f"Facts_{pack.id}")}},
        "required": ["facts"],
        "additionalProperties": False,
    }
    return {
        "operationId": f"{described['operationId']}_{pack.id}",
        "summary": f"{described['summary']}: {pack.title.en}",
        "parameters": [each for each in described["parameters"] if each["name"] != "pack"],
        "requestBody": {"required": True, "content": {"application/json": {"schema": body}}},
    }


def _answers(operation: Operation) -> dict[str, Any]:
    with_a_token = () if operation.name in OPEN else (429, 503)
    found = {status: _problem(status) for status in (*operation.problems, *with_a_token)}
    found |= {status: _answer(models) for status, models in operation.answers.items()}
    for status in operation.answers:
        sent = [name for name in operation.sends if name != "Location" or status == 201]
        found[status] |= {"headers": {name: _HEADERS[name] for name in sent}} if sent else {}
    for media_type in operation.also:
        found[200]["content"][media_type] = {"schema": {"type": "string"}}
    return {str(status): found[status] for status in sorted(found)}


def _parameter(parameter: Parameter, books: Books) -> dict[str, Any]:
    listed = {"type": "string", "enum": sorted({edition.id for edition in books.editions})}
    return {
        "name": parameter.name,
        "in": parameter.place,
        "required": parameter.required or parameter.place == "path",
        "schema": listed if parameter.name == "book" else dict(parameter.schema),
        "description": parameter.about,
    }


def _released(books: Books, kind: BookKind) -> list[Edition]:
    return [edition for edition in books.editions if edition.kind is kind and books.is_released(edition)]


def _newest(books: Books, kind: BookKind) -> list[Edition]:
    """The newest released edition of each book of a kind."""
    return list({edition.id: edition for edition in _released(books, kind)}.values())


def _answer(models: Answers) -> dict[str, Any]:
    if isinstance(models, str):
        return {"description": "A text.", "content": {models: {"schema": {"type": "string"}}}}
    if not models:
        return {"description": "Done; the answer is empty."}
    refs = [{"$ref": _REF.format(model=model.__name__)} for model in models]
    schema = refs[0] if len(refs) == 1 else {"anyOf": refs}
    one = " ".join((models[0].__doc__ or "").split()) or models[0].__name__
    about = one if len(models) == 1 else "As the caller's role may see it."
    return {"description": about, "content": {"application/json": {"schema": schema}}}


def _problem(status: int) -> dict[str, Any]:
    schema = {"$ref": _REF.format(model="Problem")}
    return {"description": _TITLES[status], "content": {MEDIA_TYPE: {"schema": schema}}}


_HEADERS: Mapping[str, Any] = {
    "ETag": {
        "description": "The version of the case: what If-Match of the next step names.",
        "schema": {"type": "string", "pattern": '^"[1-9][0-9]{0,8}"$'},
    },
    "Location": {"description": "Where what was made can be read.", "schema": {"type": "string"}},
}

_PROBLEM = {
    "type": "object",
    "description": "A problem (RFC 9457), its title in the reader's language, the rest in English; "
    "`errors` lists every fault with its place and what to do.",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["pointer", "detail", "remedy"],
                "properties": {name: {"type": "string"} for name in ("pointer", "detail", "remedy")},
            },
        },
        "possible": {
            "type": "array",
            "description": "Of a 409 about a case: what can be done with it now, by this role.",
            "items": {"$ref": _REF.format(model="Possible")},
        },
    },
}


def _without_levels(schemas: dict[str, Any]) -> None:
    """The level of a round is written by the service: it is no part of a request."""
    for each in schemas["RoundIn"]["oneOf"]:
        schemas[each["$ref"].rpartition("/")[2]]["properties"].pop("level", None)


# ---------------------------------------------------------------- what the books know


def _name_the_books(schemas: dict[str, Any], books: Books) -> None:
    """Closed lists of the request that the books decide: currencies, categories, evidence, packs, facts."""
    packs, policies = _newest(books, BookKind.PACK), _released(books, BookKind.POLICY)
    terms = [edition.terms for edition in policies if edition.terms]
    currencies = sorted({edition.currency for edition in policies})
    complaint, claim = schemas["Complaint"]["properties"], schemas["Claim"]
    complaint["policy"] = {
        "enum": [*sorted({edition.id for edition in policies}), None],
        "description": "May be left out where one is in force.",
    }
    categories = sorted({category for each in terms for category in each.categories})
    schemas["Order"]["properties"]["category"] = {"type": "string", "enum": categories}
    kinds = sorted({kind for each in terms for kind in each.evidence_kinds})
    schemas["Evidence"]["properties"]["kind"] = {"type": "string", "enum": kinds}
    claimable = [pack for pack in packs if pack.currency in currencies]
    schemas["Claim"] = {"description": claim["description"], "oneOf": [_claim(pack) for pack in claimable]}
    schemas |= {f"Facts_{pack.id}": _facts(pack) for pack in packs}
    del schemas["EntitlementIn"]  # each pack has a path with its own facts
    _currencies_of_requests(schemas, currencies)


def _claim(pack: Edition) -> dict[str, Any]:
    properties = {"pack": {"const": pack.id}, "facts": {"$ref": _REF.format(model=f"Facts_{pack.id}")}}
    return {
        "type": "object",
        "properties": properties,
        "required": ["pack", "facts"],
        "additionalProperties": False,
    }


def _facts(pack: Edition) -> dict[str, Any]:
    """The facts that a pack asks for."""
    return {
        "type": "object",
        "title": pack.title.en,
        "description": pack.source,
        "properties": {name: _fact(pack, name, type_) for name, type_ in pack.inputs.items()},
        "required": [name for name, type_ in pack.inputs.items() if not type_.nullable],
        "additionalProperties": False,
    }


def _fact(pack: Edition, name: str, type_: Type) -> dict[str, Any]:
    words = pack.words.get(name)
    schema: dict[str, Any] = _SCHEMAS[type_.kind](type_) | {"description": words.en if words else name}
    if type_.nullable:
        return {"anyOf": [schema, {"type": "null"}], "description": schema.pop("description")}
    return schema


def _amount_pattern(currency: str, *, signed: bool) -> str:
    exponent = EXPONENTS[currency]
    decimals = rf"\.[0-9]{{{exponent}}}" if exponent else ""
    return rf"^{'-?' if signed else ''}(0|[1-9][0-9]{{0,{14 - exponent}}}){decimals}$"


def _integer(type_: Type) -> dict[str, Any]:
    low, high = type_.bounds
    return {"type": "integer", "minimum": low, "maximum": high}


_SCHEMAS: Mapping[Kind, Any] = {
    Kind.INTEGER: _integer,
    Kind.MONEY: lambda t: {"type": "string", "pattern": _amount_pattern(t.currency, signed=t.low is None)},
    Kind.RATE: lambda _: {"type": "string", "pattern": r"^-?(0|[1-9][0-9]{0,5})(\.[0-9]{1,7})?%?$"},
    Kind.DECIMAL: lambda _: {"type": "string", "pattern": r"^-?(0|[1-9][0-9]{0,5})(\.[0-9]{1,9})?$"},
    Kind.DATE: lambda _: {"type": "string", "format": "date", "pattern": "^(18|19|20|21)[0-9]{2}-"},
    Kind.BOOLEAN: lambda _: {"type": "boolean"},
    Kind.ENUM: lambda t: {"type": "string", "enum": list(t.values)},
}


def _currencies_of_requests(schemas: dict[str, Any], currencies: list[str]) -> None:
    """Requests name a currency of a policy, with its decimals."""
    asked = [
        {
            "type": "object",
            "properties": {
                "amount": {"type": "string", "pattern": _amount_pattern(currency, signed=False)},
                "currency": {"const": currency},
            },
            "required": ["amount", "currency"],
            "additionalProperties": False,
        }
        for currency in currencies
    ]
    money = asked[0] if len(asked) == 1 else {"oneOf": asked}
    for name in _WITH_MONEY:
        for field, schema in schemas[name]["properties"].items():
            if _is_money(schema):
                schemas[name]["properties"][field] = money
            elif any(_is_money(each) for each in schema.get("anyOf", ())):
                schemas[name]["properties"][field] = {"anyOf": [money, {"type": "null"}], "default": None}


_WITH_MONEY = (
    *("Loss", "Matter", "Order", "History", "Lifetime", "Referral"),
    *("Item", "Overridden", "Countered", "Amend", "LimitsOfPart"),
)
"""Parts of requests that hold amounts."""


def _is_money(schema: Mapping[str, Any]) -> bool:
    return set(schema.get("properties", ())) == {"amount", "currency"}
