"""Events of talks as they are sent and recorded: published names, strict, one form."""

import json
from typing import get_args

import pytest
from pydantic import TypeAdapter, ValidationError

from settlement.negotiation.events import Event, Round

RECORDED, SENT = TypeAdapter(Event), TypeAdapter(Round)
YUAN = {"amount": "360.00", "currency": "CNY"}

EXAMPLES = [
    {"event": "confirmed"},
    {
        "event": "items_split",
        "items": [
            {"kind": "money", "weight": "must", "words": "我要赔偿", "amount": YUAN, "by": None},
            {
                "kind": "time",
                "weight": "want",
                "words": "",
                "amount": None,
                "by": "2026-03-06T12:00:00+08:00",
            },
        ],
    },
    {"event": "offered", "level": "agent"},
    {"event": "overridden", "amount": YUAN, "reason": "known for years", "level": "supervisor"},
    {"event": "accepted", "option": 2},
    {"event": "countered", "amount": YUAN},
    {"event": "ranked", "order": [2, 1]},
    {"event": "wished", "kind": "repair"},
    {"event": "refused"},
    {"event": "silent"},
    {"event": "left"},
    {"event": "threatened", "kind": "extortion"},
    {"event": "self_harm_told"},
    {"event": "safety_raised"},
    {"event": "legal_action_taken"},
    {"event": "part_blocked", "instrument": "voucher"},
]
FROM_APPROVALS = [
    {"event": "approved", "level": "manager", "amount": YUAN, "amended": True},
    {"event": "denied", "reason": "not in this case"},
]


@pytest.mark.parametrize("written", EXAMPLES + FROM_APPROVALS, ids=lambda each: each["event"])
def test_an_event_is_recorded_as_it_was_told(written):
    assert json.loads(RECORDED.dump_json(RECORDED.validate_json(json.dumps(written)))) == written


def test_there_is_an_example_of_every_event():
    names = {get_args(each.model_fields["event"].annotation)[0] for each in get_args(get_args(Event)[0])}
    assert names == {each["event"] for each in EXAMPLES + FROM_APPROVALS}


@pytest.mark.parametrize("written", FROM_APPROVALS, ids=lambda each: each["event"])
def test_nobody_can_tell_an_approval_that_was_not_given(written):
    with pytest.raises(ValidationError):
        SENT.validate_json(json.dumps(written))


@pytest.mark.parametrize(
    "wrong",
    [
        {"event": "shouted"},
        {"event": "refused", "loudly": True},
        {"event": "accepted", "option": 0},
        {"event": "accepted", "option": "2"},
        {"event": "ranked", "order": []},
        {"event": "countered", "amount": 360},
        {"event": "wished", "kind": "gold"},
        {"event": "threatened", "kind": "bad review"},
        {"event": "overridden", "amount": YUAN},
        {"event": "denied", "reason": "\u0000"},
    ],
    ids=str,
)
def test_anything_else_is_refused(wrong):
    with pytest.raises(ValidationError):
        RECORDED.validate_json(json.dumps(wrong))
