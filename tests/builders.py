"""Complaints, customers and policies with good defaults: a test says only what matters to it.

    decide_for(harm="health", verified="199.00", customer=a_customer(value="120.00"))

Amounts are texts in CNY ("199.00"), or money as in a request. The default complaint is a small one
about goods from a shop in Shanghai that is at fault, received on Tuesday 3 March 2026 at 10:15, from
a customer of whom all is known and nothing speaks: no value, no reach, no abuse.
"""

import json
from collections.abc import Mapping
from datetime import date
from functools import cache
from typing import Any

from settlement.complaint import Complaint, Customer
from settlement.decision.answer import Decision
from settlement.decision.approval import Granted
from settlement.decision.decide import decide
from settlement.decision.decided import Decided
from settlement.money import Money
from settlement.rules.evaluate import LiveEdition
from settlement.rules.library import SHELF, Books, load_books
from settlement.rules.live_policy import Policy
from settlement.rules.reading import read_edition

DAY = date(2026, 3, 3)
"""The local day on which the default complaint was received, a Tuesday."""

Said = Mapping[str, Any]

_CASE = {
    "id": "C-1001",
    "kind": "complaint",
    "channel": "app",
    "received_at": "2026-03-03T10:15:00+08:00",
    "occurred_on": "2026-01-06",
}
_MATTER = {
    "wants": "money",
    "mood": "compensation",
    "problem": "product",
    "cause": "company",
    "harm": "inconvenience",
    "duration_h": 0,
    "affected": "one",
}
_SIGNALS = {
    "repeat_contacts": 0,
    "prior_complaints_12m": 0,
    "negative_words": False,
    "asks_escalation": False,
    "threatens_publicity": False,
    "vulnerable": False,
    "broken_promises": 0,
    "hours_waiting": 0,
}
_ORDER = {"order_id": "O-1", "paid": "899.00", "placed_on": "2026-01-05", "category": "electronics"}
_LOSS = {"claimed": None, "verified": None}
_REST = {"policy": "retail-cn", "evidence": ["receipt"], "demand": None, "order": {}, "claims": ()}

_HISTORY = {
    "purchase_days": 1,
    "spend": "300.00",
    "margin_12m": "90.00",
    "first_on": "2026-01-05",
    "last_on": "2026-01-05",
}
_REACH = {
    "followers": 0,
    "verified": False,
    "authentic": "0",
    "engagement": "0",
    "relevance": "0",
    "mentions": (),
}
_ABUSE = {"claims_90d": 0, "repeat_claimant": False, "established": False}
_LIFETIME = {"value": "0.00", "source": "crm", "as_of": "2026-02-28", "confidence": "high"}
_FRAUD = {
    "conduct_date": "2026-01-10",
    "price": "100.00",
    "fraud_established": True,
    "consumer_purchase": True,
    "requested": True,
    "other_law_chosen": False,
    "label_flaw_only": False,
    "claim_engineered": False,
}
_FOOD = {
    "product": "food",
    "purchase_date": "2026-01-05",
    "assessed_on": "2026-03-03",
    "price": "80.00",
    "loss": "0.00",
    "substandard": True,
    "role": "dealer",
    "dealer_knew": True,
    "label_flaw_only": False,
    "buyer_knew": False,
    "reasonable_price": None,
    "claim_engineered": False,
}
_MISSED = {
    "event_date": "2026-05-01",
    "provider_in_scheme": True,
    "event": "missed_appointment",
    "days": 0,
    "appointment": "not_attended",
    "cancel_notice_minutes": 0,
    "customer_caused": False,
}
_AMOUNTS = frozenset({"claimed", "verified", "demand", "paid", "spend", "margin_12m", "value"})


def cny(amount: str) -> Money:
    """Money from a text such as "199.00"."""
    return Money.of(amount, "CNY")


def a_request(**said: Any) -> dict[str, Any]:
    """A request as data. Names of `case`, `complaint`, `loss`, `signals` and `order` are given flat.

    evidence   kinds, such as ["advert_page"]
    claims     pairs of a pack and its facts, such as `fraud()`
    order      None takes it out
    customer   what `a_customer` made, or data; None takes it out
    """
    known = {*_CASE, *_MATTER, *_SIGNALS, *_ORDER, *_LOSS, *_REST, "customer"}
    assert set(said) <= known, f"not a name of a request: {set(said) - known}"
    rest = _REST | {name: said[name] for name in _REST if name in said}
    order = _part(_ORDER, said)
    return {
        "policy": rest["policy"],
        "case": _part(_CASE, said),
        "complaint": _part(_MATTER, said)
        | {
            "loss": _part(_LOSS, said),
            "evidence": rest["evidence"] and [{"kind": kind, "ref": "r"} for kind in rest["evidence"]],
            "demand": _money(rest["demand"]),
            "signals": _part(_SIGNALS, said),
        },
        "order": None if rest["order"] is None else {"id": order.pop("order_id")} | order,
        "claims": rest["claims"] and [{"pack": pack, "facts": facts} for pack, facts in rest["claims"]],
        "customer": _customer_data(said["customer"] if "customer" in said else a_customer()),
    }


def a_complaint(**said: Any) -> Complaint:
    """A complaint; names as for `a_request`."""
    return Complaint.model_validate_json(json.dumps(a_request(**said)))


Claimed = tuple[str, dict[str, Any]]
"""A pack and the facts of a claim under it."""


def fraud(**facts: Any) -> Claimed:
    """A claim of 500.00 for fraud; facts may be changed."""
    return "cn_consumer_fraud", _FRAUD | facts


def food(**facts: Any) -> Claimed:
    """A claim of 1,000.00 for unsafe food; facts may be changed."""
    return "cn_food_drug_punitive", _FOOD | facts


def missed_appointment(**facts: Any) -> Claimed:
    """A claim of GBP 32.31 for an appointment that nobody kept; facts may be changed."""
    return "uk_ofcom_auto_compensation", _MISSED | facts


def a_customer(**said: Any) -> Customer:
    """A customer. Names of `lifetime`, `history`, `reach` and `abuse` are given flat.

    value        a lifetime value from elsewhere; without it V is 0.00 from elsewhere, unless a name of
                 `history` is given, which leaves V to our estimate
    referrals    pairs of a day and a margin
    mentions     days
    lifetime, history, reach, abuse, referrals   None takes a block out
    """
    blocks = {"history": _HISTORY, "lifetime": _LIFETIME, "reach": _REACH, "abuse": _ABUSE}
    known = {"id", "profile_free", "referrals", *blocks}.union(*blocks.values())
    assert set(said) <= known, f"not a name of a customer: {set(said) - known}"
    data: dict[str, Any] = {"id": said.get("id", "K-7"), "profile_free": said.get("profile_free", False)}
    for name, block in blocks.items():
        data[name] = _part(block, said) if said.get(name, block) is not None else None
    if set(said) & set(_HISTORY) and not set(said) & set(_LIFETIME):
        data["lifetime"] = None
    referrals = said.get("referrals", ())
    data["referrals"] = referrals and [{"on": on, "margin": _money(margin)} for on, margin in referrals]
    return Customer.model_validate_json(json.dumps(data))


def _part(defaults: Said, said: Said) -> dict[str, Any]:
    part = {name: said.get(name, default) for name, default in defaults.items()}
    return {name: _money(value) if name in _AMOUNTS else value for name, value in part.items()}


def _money(amount: Any) -> Any:
    return {"amount": amount, "currency": "CNY"} if isinstance(amount, str) else amount


def _customer_data(customer: Any) -> Any:
    return customer.model_dump(mode="json") if isinstance(customer, Customer) else customer


@cache
def books() -> Books:
    """Every book on the shelf."""
    return load_books()


@cache
def a_policy(*changes: tuple[str, str]) -> Policy:
    """The shipped retail policy; each change replaces one text of its file by another."""
    released = books().policy_for("retail-cn", DAY)
    if not changes:
        return Policy.of(released)
    return Policy.of(LiveEdition(read_edition(_changed(released.edition.file, changes), "changed.toml")))


def _changed(file: str, changes: tuple[tuple[str, str], ...]) -> str:
    text = (SHELF / file).read_text("utf-8")
    for old, new in changes:
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {file}"
        text = text.replace(old, new)
    return text


@cache
def packs() -> Mapping[str, LiveEdition]:
    """The newest released edition of every pack."""
    names = {edition.id for edition in books().editions if edition.terms is None}
    return {name: books().pack(name) for name in sorted(names)}


def granted(owed: str = "0.00", goodwill: str = "0.00") -> Granted:
    """What this order and customer already got."""
    return Granted(cny(owed), cny(goodwill))


def decide_for(
    complaint: Complaint | None = None,
    *,
    policy: Policy | None = None,
    before: Granted | None = None,
    settled: Granted | None = None,
    **said: Any,
) -> Decision:
    """Decide a complaint, or the one that the names of `a_request` tell."""
    assert complaint is None or not said, "give a complaint or its names"
    complaint = complaint or a_complaint(**said)
    return decide(complaint, policy or a_policy(), packs(), before or granted(), settled)


def decided_for(complaint: Complaint) -> Decided:
    """A complaint that was decided, as talks begin with it."""
    return Decided(decide_for(complaint), complaint, a_policy(), granted())
