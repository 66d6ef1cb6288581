"""The documentation: one document, as data and as a page, with nothing fetched from elsewhere."""

import json
import re

from settlement.web.app import OPERATIONS


def references(value):
    """Every $ref in a document."""
    if isinstance(value, dict):
        yield from [value["$ref"]] if isinstance(value.get("$ref"), str) else []
        for inner in value.values():
            yield from references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from references(inner)


def test_every_operation_is_in_the_document_and_every_reference_leads_somewhere(call):
    document = call("GET", "/openapi.json", by=None).json
    assert document["openapi"].startswith("3.1")
    described = {(p, m.upper()) for p, methods in document["paths"].items() for m in methods}
    assert described == {(operation.path, operation.method) for operation in OPERATIONS}
    schemas = document["components"]["schemas"]
    assert {ref.rpartition("/")[2] for ref in references(document)} <= schemas.keys()


def test_the_document_names_policies_categories_and_the_facts_of_packs(call):
    schemas = call("GET", "/openapi.json", by=None).json["components"]["schemas"]
    assert schemas["Complaint"]["properties"]["policy"]["enum"] == ["retail-cn", None]
    assert "electronics" in schemas["Order"]["properties"]["category"]["enum"]
    assert schemas["Facts_uk_ofcom_auto_compensation"]["properties"]["days"]["type"] == "integer"


def test_the_page_shows_every_route_and_loads_nothing_from_elsewhere(call):
    answer = call("GET", "/docs", by=None)
    page = answer.get_data(as_text=True)
    for operation in OPERATIONS:
        assert operation.path in page
    assert not re.findall(r"""(?:src|href)\s*=\s*["']?(?:https?:)?//""", page)
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert "<script" not in page
    sheet = re.search(r'rel="stylesheet" href="([^"]+)"', page)
    assert sheet is not None
    with call("GET", sheet.group(1), by=None) as style:
        assert style.status_code == 200


def test_links_of_the_page_stay_on_it(call):
    page = call("GET", "/docs", by=None).get_data(as_text=True)
    targets = set(re.findall(r'id="([^"]+)"', page))
    assert set(re.findall(r'href="#([^"]+)"', page)) <= targets


def test_the_document_is_plain_json_without_secrets_of_the_policy(call):
    text = json.dumps(call("GET", "/openapi.json", by=None).json)
    assert "kappa" not in text
    assert "retention_gain" not in text
