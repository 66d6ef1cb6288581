"""No answer to an agent holds a secret, whichever way a conversation goes: by type, and by search.

Random talks are led over HTTP by an agent, with a supervisor who says yes and no. What the agent may know
is kept account of apart from the program: what is owed, what was sent, what was put or may be put now. A
sum that may be put now is put, and must be taken, so that showing too much fails as well.
"""

import json
from collections import Counter
from random import Random
from typing import Any

import pytest

from settlement.cases.approval_views import ApprovalToDecide, ApprovalView
from settlement.cases.history import HistoryPage
from settlement.cases.views import CaseMoved, CasePage, CaseView, Fulfilment, PromisePage
from settlement.decision.views import Said
from settlement.desk import approval_pages, case_pages, letters, talk_pages
from settlement.negotiation.views import AdviceForAgent
from settlement.web.letters import Letter
from tests.generated import generated
from tests.http.casework import a_suggested_case, talk, version_of
from tests.http.test_leaks import NUMBER, SECRET, TEXTS_OF_RULES, amounts_in, fields_of, keys_in

WALKS, STEPS = 16, 12
FORMS = ("cash", "credit", "exchange", "repair", "service", "apology", "call_back")
SECRET_NAMES = SECRET | {"final", "limits", "asked", "changed"}
AGENTS_TYPES = (
    AdviceForAgent, ApprovalToDecide, ApprovalView, CaseMoved, CasePage, CaseView, Fulfilment, HistoryPage,
    Letter, PromisePage,
)  # fmt: skip


@pytest.mark.parametrize("model", AGENTS_TYPES, ids=lambda model: model.__name__)
def test_no_field_of_an_agents_answer_can_hold_a_secret(model):
    assert not fields_of(model) & SECRET_NAMES


class Conversation:
    """One case in the hands of an agent; whatever is answered to them is held against what they may know.

    told      sums that the agent knows for good
    secrets   sums that the decisions of the case were made with, and the costs of what may be put now
    may_put   sums of the offer that is open, or that the agent may put now without anybody's yes
    """

    def __init__(self, call: Any, rng: Random, case: str, told: set[str]) -> None:
        self.call, self.rng, self.case, self.told = call, rng, case, told
        self.leaks, self.seen = set[str](), Counter[str]()
        self.decisions: dict[str, set[str]] = {}
        self.look()

    def look(self) -> None:
        """See how things stand now, with the eyes of those who see all."""
        known = self.call("GET", f"/v1/cases/{self.case}/advice", by="director")
        self.etag, menu = known.headers["ETag"], known.json["menu"]
        self.own = self.call("GET", f"/v1/cases/{self.case}/advice").json
        shows = self.own["need_level"] is None and self.own["talks"] in ("due", "open")
        self.may_put = amounts_in([known.json["amount"], [plain(each) for each in menu]]) if shows else set()
        for line in self.call("GET", f"/v1/decisions?case={self.case}", by="auditor").json["decisions"]:
            if line["decision"] not in self.decisions:
                self.decisions[line["decision"]] = self._made_with(line["decision"])
        costs = amounts_in([option["cost"] for option in menu])
        self.secrets = set().union(costs, *self.decisions.values()) - {"0.00"}

    def _made_with(self, decision: str) -> set[str]:
        whole = self.call("GET", f"/v1/decisions/{decision}", by="auditor").json
        hidden = amounts_in([whole[name] for name in ("range", "award", "interest", "value", "offers")])
        return hidden | {s["amount"]["amount"] for s in whole["trace"]["sums"] if s["name"] != "loss"}

    def read(self, path: str) -> Any:
        """What the agent reads, searched."""
        answer = self.call("GET", path)
        self.search(answer)
        return answer.json

    def post(self, path: str, body: Any = None) -> Any:
        """What the agent is answered to a change, searched beside how things stand after it."""
        self.told |= amounts_in(body)
        request = {} if body is None else {"json": body}
        answer = self.call("POST", path, headers={"If-Match": self.etag}, **request)
        self.look()
        self.search(answer)
        return answer

    def search(self, answer: Any) -> None:
        """What is answered and neither known to the agent nor a number of the rules' own words."""
        self.seen[str(answer.status_code)] += 1
        text = answer.get_data(as_text=True) + str(answer.headers)
        found = set(NUMBER.findall(text)) - TEXTS_OF_RULES | {a for a in self.secrets if f'"{a}"' in text}
        self.leaks |= found & (self.secrets - self.told - self.may_put)
        self.leaks |= keys_in(answer.json) & SECRET_NAMES

    def look_around(self) -> None:
        """Everything that an agent can read of a case."""
        at = f"/v1/cases/{self.case}"
        decision = self.read(at)["decision"]
        for path in (
            f"{at}/events?limit=200",
            f"{at}/advice",
            f"{at}/fulfilment",
            f"{at}/agreement",
            f"/v1/decisions/{decision}",
        ):
            self.read(path)
        for path in ("/v1/cases", *(f"/v1/{each}?case={self.case}" for each in ("approvals", "promises"))):
            self.read(path)

    def walk(self) -> None:
        for _ in range(STEPS):
            if self.own["talks"] in ("settled", "escalated", "closed"):
                break
            self.step()
        self.look_around()

    def step(self) -> None:
        if self.own["step"] == "approve":
            self.seek_approval()
        elif self.own["talks"] == "due" and self.own["amount"]:
            self.told |= self.may_put
            put = self.tell({"event": "offered"})
            assert put.status_code == 200, f"a sum that was shown could not be put: {put.text}"
        else:
            if self.own["talks"] == "open":  # what was composed anew lies on the table too
                self.told |= self.may_put
            self.tell(self.something())

    def tell(self, event: Any) -> Any:
        return self.post(f"/v1/cases/{self.case}/rounds", event)

    def something(self) -> dict[str, Any]:
        money = {"amount": f"{self.rng.randrange(1, 9000)}.{self.rng.randrange(100):02}", "currency": "CNY"}
        item = {"kind": "money", "weight": "want", "words": "钱", "amount": money}
        by_state = {
            "listen": [{"event": "confirmed"}],
            "decompose": [{"event": "items_split", "items": [item]}],
        }
        answers = [
            {"event": "countered", "amount": money},
            {"event": "countered", "amount": money},
            {"event": "ranked", "order": [1]},
            {"event": "wished", "kind": self.rng.choice(FORMS)},
            {"event": "refused"},
            {"event": "silent"},
            {"event": "accepted", "option": self.rng.randint(1, 4)},
            {"event": "overridden", "amount": money, "reason": "I guess"},
            {"event": "part_blocked", "instrument": "voucher"},
            {"event": "left"},
        ]
        return self.rng.choice(by_state.get(self.own["talks"], answers))

    def seek_approval(self) -> None:
        """Look while it waits; then somebody says yes, no, or names another sum."""
        asked = self.post(f"/v1/cases/{self.case}/approvals")
        if asked.status_code != 201:
            self.tell({"event": "left"})
            return
        self.look_around()
        path = f"/v1/approvals/{asked.json['approval']}"
        self.read(path)
        self.post(path, {"verdict": "approve", "seen": "0" * 64})
        known = self.call("GET", path, by="director").json
        verdict = self.rng.choice(["approve", "approve", "decline", "amend", "send_back"])
        body = {"verdict": verdict, "seen": known["digest"]}
        if verdict != "approve":
            body["reason"] = "because"
        if verdict == "amend":
            body["amount"] = known["owed"]
        given = self.call("POST", path, by="director", json=body)
        if verdict in ("approve", "amend") and given.status_code == 200:
            self.told |= amounts_in(given.json["granted"])
        self.look()
        self.read(path)
        if verdict == "amend":
            self.tell({"event": "overridden", "amount": known["owed"], "reason": "as told"})


@pytest.fixture
def conversations(call, database_file):
    """Talks of every kind, walked to their ends. One kind of database: what is shown depends on none."""

    def lead(walks: int) -> list[Conversation]:
        rng, found = Random(12), list[Conversation]()
        while len(found) < walks:
            if (conversation := begun(call, rng, f"C-{rng.randrange(10**9)}")) is not None:
                conversation.walk()
                found.append(conversation)
        return found

    return lead


def begun(call: Any, rng: Random, case: str) -> Conversation | None:
    """Talks about a generated complaint; None where an agent may not take it up alone."""
    body = json.loads(generated(rng).model_dump_json())
    body["case"] |= {"id": case, "kind": "complaint"}
    if body["complaint"]["evidence"] is None:
        body["complaint"]["evidence"] = []
    if call("POST", "/v1/cases", json={"complaint": body}).status_code != 201:
        return None
    told = amounts_in({name: part for name, part in body.items() if name != "customer"})
    for step, sent in (("diagnosis", {"complaint": body}), ("suggestion", None)):
        headers = {"If-Match": version_of(call, case)}
        request = {} if sent is None else {"json": sent}
        answer = call("POST", f"/v1/cases/{case}/{step}", headers=headers, **request)
        if answer.status_code not in (200, 201):
            return None
    known = call("GET", answer.headers["Location"], by="auditor").json
    told |= amounts_in([known["owed"], known["gift"]]) | numbers_in(body["claims"])
    shown = call("GET", answer.headers["Location"]).json["offers"]
    if known["approval"]["level"] == "agent":  # the opening is theirs to put
        told |= amounts_in(
            [
                {**offer, "options": [plain(each) for each in offer["options"]]}
                for offer in known["offers"][:1]
            ]
        )
        assert not [offer for offer in shown if "needs" in offer]
    return Conversation(call, rng, case, told)


def plain(option: Any) -> Any:
    return {name: part for name, part in option.items() if name != "cost"}


def numbers_in(value: Any) -> set[str]:
    return set(NUMBER.findall(json.dumps(value)))


def test_no_answer_in_any_conversation_holds_a_secret(conversations):
    led = conversations(WALKS)
    for conversation in led:
        assert not conversation.leaks, conversation.case
    seen = sum((conversation.seen for conversation in led), Counter[str]())
    assert seen["200"] > 10 * WALKS
    assert seen["201"] >= 3  # approvals were asked for
    assert seen["403"] >= 3  # and one's own could not be given


def leaky_advice(sound: Any) -> Any:
    def leaking(about: Any, advice: Any, decided: Any, phrases: Any) -> Any:
        view = sound(about, advice, decided, phrases)
        told = Said(code="stop", text=f"up to {decided.range.ceiling.amount}")
        return view.model_copy(update={"stop": told})

    return leaking


def leaky_history(sound: Any) -> Any:
    def leaking(events: Any, texts: Any, language: str) -> Any:
        shown = sound(events, texts, language)
        told = [event.body["asked"]["amount"]["amount"] for _, event in events if "asked" in event.body]
        why = shown[0].told.model_copy(update={"why": f"for {told}"})
        return (shown[0].model_copy(update={"told": why}), *shown[1:])

    return leaking


def leaky_approval(_sound: Any) -> Any:
    return lambda approval, texts, phrases, own: approval_pages.to_decide(approval, texts, phrases)


def leaky_letter(sound: Any) -> Any:
    return lambda ending, phrases: f"{sound(ending, phrases)}up to {ending.decision.range.ceiling.amount}"


PLANTED = {
    "letter": (letters, "write_letter", leaky_letter),
    "advice": (talk_pages, "for_agent", leaky_advice),
    "history": (case_pages, "for_agents", leaky_history),
    "approval": (approval_pages, "for_requester", leaky_approval),
}


@pytest.mark.parametrize("where", PLANTED)
def test_the_search_finds_a_planted_leak(call, database_file, monkeypatch, where):
    module, name, leaky = PLANTED[where]
    case = a_suggested_case(call, threatens_publicity=True)
    talk(call, case, "confirmed", {"event": "items_split", "items": []})
    conversation = Conversation(call, Random(1), case, {"199.00", "899.00"})
    conversation.look_around()
    assert not conversation.leaks
    monkeypatch.setattr(module, name, leaky(getattr(module, name)))
    monkeypatch.setattr(conversation.rng, "choice", lambda _: "send_back")
    conversation.seek_approval()
    conversation.tell({"event": "left"})
    conversation.look_around()
    assert conversation.leaks
