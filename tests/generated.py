"""Random complaints from a seed: every enum, extremes, missing blocks, small and large money.

The same `random.Random` gives the same complaints. Amounts and counts lie often at and beside the bounds
of the shipped policy's tables. What is made from another complaint differs from it in one respect only.
"""

import json
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from random import Random
from typing import Any, get_args

from settlement.complaint import CaseKind, Complaint, Customer, History, Matter, Mood, Reach, Wants
from settlement.dates import local_day
from settlement.money import Money
from settlement.rules.policy import AFFECTED, CAUSES, HARMS, PROBLEMS

CHANNELS = get_args(Complaint.model_fields["case"].annotation.model_fields["channel"].annotation)
EVIDENCE = ("advert_page", "quality_record", "chat_record", "photo", "receipt", "expert_report", "contract")
CATEGORIES = ("electronics", "appliance", "clothing", "food", "home", "service", "other")

TIME_ZONE = "Asia/Shanghai"
_FIRST = datetime(2025, 12, 31, 16, tzinfo=UTC)  # the policy's first minute, in Shanghai
_MINUTES = 430 * 24 * 60  # into a year that is not announced
_MANY = 10**9

_BOUNDS = (0, 100, 2000, 10000, 30000, 50000, 80000, 100000, 300000, 500000, 2000000, 5000000)
_COUNTS = (0, 1, 2, 3, 4, 5, 23, 24, 71, 72, 167, 168, _MANY)


def generated(rng: Random) -> Complaint:
    """A whole complaint that the shipped policy can judge."""
    moment = _FIRST + timedelta(minutes=rng.randrange(_MINUTES))
    day = local_day(moment, TIME_ZONE)
    data = {
        "policy": rng.choice(["retail-cn", None]),
        "case": {
            "id": f"C-{rng.randrange(10**6)}",
            "kind": "complaint" if rng.random() < 0.96 else rng.choice(list(CaseKind)),
            "channel": rng.choice(CHANNELS),
            "received_at": moment.astimezone(rng.choice([UTC, None])).isoformat(),
            "occurred_on": _before(rng, day),
        },
        "complaint": _matter(rng),
        "order": _maybe(rng, 0.85, lambda: _order(rng, day)),
        "claims": _claims(rng, day),
        "customer": _maybe(rng, 0.92, lambda: _customer(rng, day)),
    }
    return Complaint.model_validate_json(json.dumps(data))


def received_on(complaint: Complaint) -> date:
    """The local day on which a generated complaint was received."""
    return local_day(complaint.case.received_at, TIME_ZONE)


def random_customer(rng: Random, day: date) -> Customer:
    """Anybody, as known on a day."""
    return Customer.model_validate_json(json.dumps(_customer(rng, day)))


def random_amount(rng: Random) -> int:
    """Minor units: at a bound or beside it, ordinary, or of any size up to 10^12.

    Larger ones, times ten by law, could not be written.
    """
    turn = rng.random()
    if turn < 0.4:
        return max(0, rng.choice(_BOUNDS) + rng.randint(-1, 1))
    if turn < 0.8:
        return rng.randrange(200_000)
    return rng.randrange(1, 10 ** rng.randint(1, 12))


def _matter(rng: Random) -> dict[str, Any]:
    matter = _any_matter(rng)
    return matter if rng.random() < 0.5 else matter | _calm(rng, matter)


def _calm(rng: Random, matter: dict[str, Any]) -> dict[str, Any]:
    """Without most marks of severity, so that the lower grades are met as often as the higher."""
    quiet = {"repeat_contacts": 0, "prior_complaints_12m": 0, "broken_promises": 0, "hours_waiting": 0}
    return {
        "harm": rng.choice(HARMS[:4]),
        "duration_h": rng.choice([None, 0, 3]),
        "affected": "one",
        "loss": matter["loss"] | {"verified": rng.choice([None, _cny(rng.randrange(15000))])},
        "signals": matter["signals"] | quiet,
    }


def _any_matter(rng: Random) -> dict[str, Any]:
    return {
        "wants": rng.choice([*Wants, "money"]),
        "mood": rng.choice(list(Mood)),
        "problem": rng.choice(PROBLEMS),
        "cause": rng.choice(CAUSES),
        "harm": rng.choice(HARMS),
        "duration_h": _maybe(rng, 0.6, lambda: _count(rng)),
        "affected": AFFECTED[rng.choice([0, 0, 0, 0, 1, 2])],
        "loss": {
            "claimed": _maybe(rng, 0.5, lambda: _money(rng)),
            "verified": _maybe(rng, 0.6, lambda: _money(rng)),
        },
        "evidence": _maybe(rng, 0.7, lambda: _evidence(rng)),
        "demand": _maybe(rng, 0.5, lambda: _money(rng)),
        "signals": {
            "repeat_contacts": _few(rng),
            "prior_complaints_12m": _few(rng),
            "negative_words": rng.random() < 0.3,
            "asks_escalation": rng.random() < 0.3,
            "threatens_publicity": rng.random() < 0.2,
            "vulnerable": rng.random() < 0.1,
            "broken_promises": _few(rng),
            "hours_waiting": _few(rng),
        },
    }


def _evidence(rng: Random) -> list[dict[str, str]]:
    return [{"kind": kind, "ref": "r"} for kind in rng.sample(EVIDENCE, rng.randint(0, 3))]


def _order(rng: Random, day: date) -> dict[str, Any]:
    return {
        "id": "O-1",
        "paid": _money(rng),
        "placed_on": _before(rng, day),
        "category": rng.choice(CATEGORIES),
    }


def _claims(rng: Random, day: date) -> list[dict[str, Any]] | None:
    makers = [_fraud_claim, _food_claim]
    chosen = rng.choice([None, None, None, [], [0], [1], [0, 1], [1, 0, 0]])
    return chosen if chosen is None else [makers[number](rng, day) for number in chosen]


def _fraud_claim(rng: Random, day: date) -> dict[str, Any]:
    facts = {
        "conduct_date": _law_day(rng, day, "1994-01-01", "2014-03-15", "2024-07-01"),
        "price": _price(rng),
        "fraud_established": rng.random() < 0.8,
        "consumer_purchase": rng.random() < 0.9,
        "requested": rng.random() < 0.9,
        "other_law_chosen": rng.random() < 0.1,
        "label_flaw_only": rng.random() < 0.1,
        "claim_engineered": rng.random() < 0.1,
    }
    return {"pack": "cn_consumer_fraud", "facts": facts}


def _food_claim(rng: Random, day: date) -> dict[str, Any]:
    facts = {
        "product": rng.choice(["food", "drug"]),
        "purchase_date": _law_day(rng, day, "2009-06-01", "2015-10-01", "2019-12-01"),
        "assessed_on": _law_day(rng, day, "2024-08-22"),
        "price": _price(rng),
        "loss": _price(rng),
        "substandard": rng.random() < 0.9,
        "role": rng.choice(["producer", "dealer"]),
        "dealer_knew": rng.random() < 0.7,
        "label_flaw_only": rng.random() < 0.1,
        "buyer_knew": rng.random() < 0.3,
        "reasonable_price": rng.choice([None, "0.00", _price(rng)]),
        "claim_engineered": rng.random() < 0.1,
    }
    return {"pack": "cn_food_drug_punitive", "facts": facts}


def _law_day(rng: Random, day: date, *turning: str) -> str:
    if rng.random() < 0.5:
        return _before(rng, day)
    return (date.fromisoformat(rng.choice(turning)) + timedelta(days=rng.randint(-1, 1))).isoformat()


def _customer(rng: Random, day: date) -> dict[str, Any]:
    return {
        "id": f"K-{rng.randrange(10**6)}",
        "profile_free": rng.random() < 0.06,
        "history": _maybe(rng, 0.7, lambda: _history(rng, day)),
        "lifetime": _maybe(rng, 0.4, lambda: _lifetime(rng, day)),
        "reach": _maybe(rng, 0.6, lambda: _reach(rng, day)),
        "referrals": _maybe(rng, 0.5, lambda: [_referral(rng, day) for _ in range(rng.choice([0, 1, 3]))]),
        "abuse": _maybe(
            rng,
            0.6,
            lambda: {
                "claims_90d": _few(rng),
                "repeat_claimant": rng.random() < 0.2,
                "established": rng.random() < 0.12,
            },
        ),
    }


def _history(rng: Random, day: date) -> dict[str, Any]:
    last = day - timedelta(days=rng.choice([0, 1, 30, 91, 182, 400, rng.randrange(3000)]))
    active = rng.choice([0, 1, 90, 365, 1000, rng.randrange(8000)])
    return {
        "purchase_days": rng.randint(2, active + 1) if active else 1,
        "spend": _money(rng),
        "margin_12m": _maybe(rng, 0.6, lambda: _money(rng)),
        "first_on": (last - timedelta(days=active)).isoformat(),
        "last_on": last.isoformat(),
    }


def _lifetime(rng: Random, day: date) -> dict[str, Any]:
    return {
        "value": _money(rng),
        "source": "crm",
        "as_of": (day - timedelta(days=rng.choice([0, 3, 180, 181, 4000]))).isoformat(),
        "confidence": rng.choice(["low", "medium", "high", "high"]),
    }


def _reach(rng: Random, day: date) -> dict[str, Any]:
    shares = ["0", "0.000000001", "0.02", "0.05", "0.3", "0.7", "1"]
    return {
        "followers": rng.choice([0, 1, 500, 10_000, 10_001, 5_000_000, _MANY, rng.randrange(100_000)]),
        "verified": rng.random() < 0.7,
        "authentic": rng.choice(shares),
        "engagement": rng.choice(shares),
        "relevance": rng.choice(shares),
        "mentions": [_before(rng, day, 500) for _ in range(rng.choice([0, 1, 2, 5]))],
    }


def _referral(rng: Random, day: date) -> dict[str, Any]:
    return {"on": _before(rng, day), "margin": _money(rng)}


def _maybe(rng: Random, chance: float, make: Any) -> Any:
    return make() if rng.random() < chance else None


def _before(rng: Random, day: date, longest: int = 2500) -> str:
    return (day - timedelta(days=rng.choice([0, 1, 7, rng.randrange(longest)]))).isoformat()


def _count(rng: Random) -> int:
    return rng.choice(_COUNTS) if rng.random() < 0.5 else rng.randrange(400)


def _few(rng: Random) -> int:
    """Mostly nothing."""
    return 0 if rng.random() < 0.75 else _count(rng)


def _money(rng: Random) -> dict[str, str]:
    return _cny(random_amount(rng))


def _cny(minor: int) -> dict[str, str]:
    return {"amount": Money(minor, "CNY").amount, "currency": "CNY"}


def _price(rng: Random) -> str:
    return Money(random_amount(rng), "CNY").amount


# ---- other complaints, made from one


def of_another_person(rng: Random, complaint: Complaint) -> Complaint:
    """The same matter brought by anybody else, anyhow."""
    customer = random_customer(rng, received_on(complaint)) if rng.random() < 0.9 else None
    return louder(rng, complaint).model_copy(update={"customer": customer})


def louder(rng: Random, complaint: Complaint) -> Complaint:
    """The same matter from the same person, on another channel, in other words, with other threats."""
    said = {name: rng.random() < 0.5 for name in ("negative_words", "asks_escalation", "threatens_publicity")}
    matter = complaint.complaint
    signals = matter.signals.model_copy(update=said)
    return complaint.model_copy(
        update={
            "case": complaint.case.model_copy(update={"id": "C-2", "channel": rng.choice(CHANNELS)}),
            "complaint": matter.model_copy(update={"signals": signals, "mood": rng.choice(list(Mood))}),
        }
    )


def more_severe(rng: Random, complaint: Complaint) -> Complaint:
    """The same with one to three of the facts that grade it raised."""
    matter = complaint.complaint
    for raise_one in rng.sample(_RAISES, rng.randint(1, 3)):
        matter = raise_one(rng, matter)
    return complaint.model_copy(update={"complaint": matter})


def _raise_harm(rng: Random, matter: Matter) -> Matter:
    return matter.model_copy(update={"harm": _further(rng, HARMS, matter.harm)})


def _raise_affected(rng: Random, matter: Matter) -> Matter:
    return matter.model_copy(update={"affected": _further(rng, AFFECTED, matter.affected)})


def _raise_loss(rng: Random, matter: Matter) -> Matter:
    more = Money(random_amount(rng), "CNY")
    loss = matter.loss.model_copy(update={"verified": (matter.loss.verified or Money.zero("CNY")) + more})
    return matter.model_copy(update={"loss": loss})


def _raise_duration(rng: Random, matter: Matter) -> Matter:
    return matter.model_copy(update={"duration_h": min(_MANY, (matter.duration_h or 0) + _count(rng))})


def _raise_count(rng: Random, matter: Matter) -> Matter:
    counts = ("repeat_contacts", "prior_complaints_12m", "broken_promises", "hours_waiting")
    name = rng.choice(counts)
    raised = min(_MANY, getattr(matter.signals, name) + _count(rng))
    return matter.model_copy(update={"signals": matter.signals.model_copy(update={name: raised})})


def _raise_vulnerable(rng: Random, matter: Matter) -> Matter:
    return matter.model_copy(update={"signals": matter.signals.model_copy(update={"vulnerable": True})})


_RAISES = (_raise_harm, _raise_affected, _raise_loss, _raise_duration, _raise_count, _raise_vulnerable)


def _further(rng: Random, order: Sequence[str], now: str) -> str:
    return rng.choice(order[order.index(now) :])


def more_valuable(rng: Random, complaint: Complaint) -> Complaint:
    """The same from the same customer, with a higher lifetime value or more influence."""
    customer = complaint.customer
    if customer is None:
        return complaint
    day, more = received_on(complaint), {}
    if customer.lifetime and rng.random() < 0.6:
        value = customer.lifetime.value + Money(random_amount(rng), "CNY")
        more["lifetime"] = customer.lifetime.model_copy(update={"value": value})
    if customer.history and rng.random() < 0.6:
        more["history"] = _spends_more(rng, customer.history)
    if customer.reach and rng.random() < 0.6:
        more["reach"] = _reaches_more(rng, customer.reach, day)
    if customer.referrals is not None:
        new = Customer.model_validate_json(
            json.dumps({"id": "K", "profile_free": False, "referrals": [_referral(rng, day)]})
        ).referrals
        more["referrals"] = (*customer.referrals, *new)
    return complaint.model_copy(update={"customer": customer.model_copy(update=more)})


def _spends_more(rng: Random, history: History) -> History:
    update = {"spend": history.spend + Money(random_amount(rng), "CNY")}
    if history.margin_12m is not None:
        update["margin_12m"] = history.margin_12m + Money(random_amount(rng), "CNY")
    return history.model_copy(update=update)


def _reaches_more(rng: Random, reach: Reach, day: date) -> Reach:
    update: dict[str, Any] = {
        "followers": min(_MANY, reach.followers + rng.choice([1, 1000, 10**7])),
        "verified": True,
        "mentions": (*reach.mentions, day - timedelta(days=rng.randrange(1, 300))),
    }
    for share in ("authentic", "engagement", "relevance"):
        update[share] = max(getattr(reach, share), rng.choice([Fraction(0), Fraction(1, 50), Fraction(1)]))
    return reach.model_copy(update=update)
