"""JSON, read strictly."""

from decimal import Decimal

import pytest

from settlement.strict_json import NotJson, read_json


def test_plain_json_is_read():
    assert read_json(b'{"a": [1, "x", true, null, 1.5]}') == {"a": [1, "x", True, None, Decimal("1.5")]}
    assert read_json('{"a": "\u4e2d\U0001f600"}'.encode()) == {"a": "\u4e2d\U0001f600"}


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"", "not JSON"),
        (b"{'a': 1}", "not JSON"),
        (b'{"a": 1,}', "not JSON"),
        (b'{"a": 1} x', "not JSON"),
        (b'{"a": 01}', "not JSON"),
        (b'{"a": 1, "a": 1}', "twice"),
        (b'[{"b": {"a": 1, "a": 1}}]', "twice"),
        (b"NaN", "not a JSON number"),
        (b"-Infinity", "not a JSON number"),
        (b"1e400", "beyond reason"),
        (b"9" * 5000, "digits"),
        (b'"\\u0000"', "NUL"),
        (b'{"\\u0000": 1}', "NUL"),
        (b'"\\udc00"', "surrogate"),
        (b'"\xff"', "UTF-8"),
        (b"[" * 100_000, "nested"),
        (b"[" * 42 + b"]" * 42, "nested"),
    ],
    ids=lambda value: repr(value[:24]),
)
def test_what_others_let_pass_is_refused(raw, said):
    with pytest.raises(NotJson) as refused:
        read_json(raw)
    assert said in str(refused.value)
