"""The documentation: one document, as data and as a page, with nothing fetched from elsewhere."""

import json
import re
from html.parser import HTMLParser

import jsonschema_rs
import pytest
from flask import request

from settlement.web.app import OPERATIONS
from tests.builders import a_request, books
from tests.generated import CATEGORIES
from tests.http.casework import a_suggested_case, done, post, talk

PACKS = ("cn_consumer_fraud", "cn_food_drug_punitive", "uk_ofcom_auto_compensation")


@pytest.fixture
def document(call):
    return call("GET", "/openapi.json", by=None).json


def references(value):
    """Every $ref in a document."""
    if isinstance(value, dict):
        yield from [value["$ref"]] if isinstance(value.get("$ref"), str) else []
        for inner in value.values():
            yield from references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from references(inner)


def test_every_operation_is_in_the_document_and_every_reference_leads_somewhere(document):
    assert document["openapi"].startswith("3.1")
    described = {(p, m.upper()) for p, methods in document["paths"].items() for m in methods}
    expected = {(o.path, o.method) for o in OPERATIONS if "{pack}" not in o.path}
    expected |= {(f"/v1/entitlements/{pack}", "POST") for pack in PACKS}
    assert described == expected
    schemas = document["components"]["schemas"]
    assert {ref.rpartition("/")[2] for ref in references(document)} == schemas.keys()


def test_every_operation_has_a_name_of_its_own_and_says_what_it_may_answer(document):
    operations = [each for methods in document["paths"].values() for each in methods.values()]
    assert len({operation["operationId"] for operation in operations}) == len(operations)
    for operation in operations:
        statuses = list(operation["responses"])
        assert statuses == sorted(statuses)
        assert statuses[0].startswith("2")
        assert "422" in statuses
        assert ("401" in statuses) == ("security" in operation or operation["operationId"] == "post_login")
        assert ("429" in statuses) == ("401" in statuses)
        assert ("413" in statuses) == ("requestBody" in operation)


def test_schemas_bear_names_for_people_and_what_tells_bodies_apart_is_required(document):
    schemas = document["components"]["schemas"]
    assert [name for name in schemas if not re.fullmatch(r"[A-Z][A-Za-z]*|Facts_[a-z_]+", name)] == []
    assert {"CaseState", "TalkState"} <= schemas.keys()
    told_apart = {
        (reference.rpartition("/")[2], schema["discriminator"]["propertyName"])
        for schema in schemas.values()
        if "discriminator" in schema
        for reference in schema["discriminator"]["mapping"].values()
    }
    assert len(told_apart) > 30
    assert [(name, tag) for name, tag in told_apart if tag not in schemas[name]["required"]] == []


def test_the_document_names_the_headers_that_answers_have(app, call):
    sent, operations = {}, {}

    @app.after_request
    def note(answer):
        if answer.status_code < 300 and request.endpoint in operations:
            found = sent.setdefault((request.endpoint, str(answer.status_code)), set())
            found |= {"ETag", "Location"} & set(answer.headers.keys())
        return answer

    for methods in call("GET", "/openapi.json", by=None).json["paths"].values():
        operations |= {operation["operationId"]: operation for operation in methods.values()}
    case = a_suggested_case(call, threatens_publicity=True)
    talk(call, case, "confirmed", {"event": "items_split", "items": []})
    approval = done(post(call, case, "approvals"))["approval"]
    seen = done(call("GET", f"/v1/approvals/{approval}", by="supervisor"))["digest"]
    verdict = {"verdict": "approve", "seen": seen}
    done(call("POST", f"/v1/approvals/{approval}", by="supervisor", json=verdict))
    talk(call, case, "offered")
    done(post(call, case, "agreement", {"option": 1}))
    first, *others = done(call("GET", f"/v1/cases/{case}/fulfilment"))["promises"]
    done(call("POST", f"/v1/promises/{first['promise']}", json={"action": "keep"}))
    for each in others:
        done(post(call, case, "fulfilment", {"promise": each["promise"]}))
    done(post(call, case, "news", {"text": "soon", "channel": "app"}))
    done(post(call, case, "promises", {"what": "call_back", "due": "2199-01-01T00:00:00Z"}))
    for path in ("", "/events", "/advice", "/agreement"):
        done(call("GET", f"/v1/cases/{case}{path}"))
    done(call("POST", "/v1/suggestions", json=a_request()))
    done(call("POST", "/v1/suggestions?as_of=2026-06-01", by="finance", json=a_request()))
    for path in ("/v1/cases", "/v1/approvals", "/v1/promises", "/v1/decisions", "/v1/due"):
        done(call("GET", path))
    assert len(sent) > 20
    for (name, status), headers in sent.items():
        assert set(operations[name]["responses"][status].get("headers", ())) == headers, name
    page = call("GET", "/docs", by=None).get_data(as_text=True)
    assert "Headers: <code>ETag</code>, <code>Location</code>" in page


def test_every_schema_is_a_schema(document):
    for name, schema in document["components"]["schemas"].items():
        assert jsonschema_rs.meta.is_valid({"$schema": SCHEMA_2020} | schema), name
    for methods in document["paths"].values():
        for operation in methods.values():
            for parameter in operation.get("parameters", ()):
                assert jsonschema_rs.meta.is_valid({"$schema": SCHEMA_2020} | parameter["schema"])


SCHEMA_2020 = "https://json-schema.org/draft/2020-12/schema"


def test_the_document_names_policies_categories_and_the_facts_of_packs(document):
    schemas = document["components"]["schemas"]
    assert schemas["Complaint"]["properties"]["policy"]["enum"] == ["retail-cn", None]
    assert schemas["Order"]["properties"]["category"]["enum"] == sorted(CATEGORIES)
    assert schemas["Facts_uk_ofcom_auto_compensation"]["properties"]["days"]["type"] == "integer"
    for pack in PACKS:
        edition = books().pack(pack).edition
        assert schemas[f"Facts_{pack}"]["properties"].keys() == edition.inputs.keys()


def test_amounts_of_a_request_are_in_the_currency_of_a_policy_with_its_decimals(document):
    schemas, found = document["components"]["schemas"], {}
    for name in ("Loss", "Matter", "Order", "History", "Lifetime", "Referral"):
        for field, schema in schemas[name]["properties"].items():
            for each in schema.get("anyOf", [schema]):
                if "amount" in each.get("properties", ()):
                    found[f"{name}.{field}"] = each["properties"]
    assert found.keys() == {
        "Loss.claimed", "Loss.verified", "Matter.demand", "Order.paid", "History.spend", "History.margin_12m",
        "Lifetime.value", "Referral.margin",
    }  # fmt: skip
    for properties in found.values():
        assert properties["currency"] == {"const": "CNY"}
        pattern = re.compile(properties["amount"]["pattern"])
        assert [text for text in ("0.00", "899.00", "9999999999999.99") if not pattern.search(text)] == []
        for text in ("899", "899.0", "-1.00", "01.00", "1e3", ".50", "99999999999999.00"):
            assert not pattern.search(text), text


def test_only_packs_that_pay_in_the_currency_of_a_policy_can_be_claimed(document):
    claims = document["components"]["schemas"]["Claim"]["oneOf"]
    assert {each["properties"]["pack"]["const"] for each in claims} == {
        "cn_consumer_fraud",
        "cn_food_drug_punitive",
    }


class Loaded(HTMLParser):
    """What a page loads or leads to, and what could run in it."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.targets: list[str] = []
        self.dangers: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.targets += [value or "" for name, value in attrs if name in ("src", "href", "action", "srcset")]
        self.dangers += [name for name, _ in attrs if name == "style" or name.startswith("on")]
        self.dangers += [tag] if tag in ("script", "iframe", "object", "style", "form") else []


def test_the_page_shows_every_route_and_loads_nothing_from_elsewhere(call, document):
    answer = call("GET", "/docs", by=None)
    page = answer.get_data(as_text=True)
    for path in document["paths"]:
        assert path in page
    loaded = Loaded(page)
    assert not [target for target in loaded.targets if not re.match(r"#|/assets/|/openapi\.json$", target)]
    assert loaded.dangers == []
    policy = dict(part.split(" ", 1) for part in answer.headers["Content-Security-Policy"].split("; "))
    assert policy == {
        "default-src": "'none'", "style-src": "'self'", "base-uri": "'none'", "form-action": "'none'",
        "frame-ancestors": "'none'",
    }  # fmt: skip
    for target in loaded.targets:
        if target.startswith("/"):
            with call("GET", target, by=None) as asset:
                assert asset.status_code == 200
    assert "`" not in re.sub(r"<code.*?</code>", "", page)


def test_the_style_loads_nothing_either(call):
    with call("GET", "/assets/docs.css", by=None) as style:
        text = style.get_data(as_text=True)
        assert style.mimetype == "text/css"
    assert "url(" not in text
    assert "@import" not in text


def test_links_of_the_page_stay_on_it(call):
    page = call("GET", "/docs", by=None).get_data(as_text=True)
    targets = set(re.findall(r'id="([^"]+)"', page))
    assert set(re.findall(r'href="#([^"]+)"', page)) <= targets


def test_the_document_is_plain_json_without_secrets_of_the_policy(document):
    text = json.dumps(document)
    assert "kappa" not in text
    assert "retention_gain" not in text
