"""The talks of a case on the terminal: what to do and say next, the offer, the demand item by item."""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import click
from pydantic import TypeAdapter, ValidationError
from rich.console import RenderableType
from rich.text import Text

from settlement.cases.lifecycle import Case
from settlement.cases.lifecycle import State as CaseState
from settlement.cli.adviser import LOCAL
from settlement.cli.labels import Labels
from settlement.cli.layout import bullets, grid, heading, indented, print_parts
from settlement.cli.page import moment
from settlement.complaint import read_complaint
from settlement.decision.answer import Option
from settlement.decision.phrases import Phrases
from settlement.desk.case_file import read_case
from settlement.desk.cases import diagnose, open_case, suggest_for_case
from settlement.desk.letters import customer_letter
from settlement.desk.negotiations import advice_for, play_round
from settlement.desk.records import phrases_for
from settlement.desk.sitting import Sitting
from settlement.desk.talk_table import Table, read_table
from settlement.errors import BadInput, Fault
from settlement.money import Money, write_money
from settlement.negotiation.advice import Advice
from settlement.negotiation.events import FactsChanged, Round
from settlement.negotiation.items import ItemShown
from settlement.negotiation.talks import State, Step
from settlement.negotiation.words import why_in_words, words_for
from settlement.rules.library import Books
from settlement.store.database import Database

_ROUND: TypeAdapter[Any] = TypeAdapter(Round)


class Stage:
    """One case at a time, for the person at the terminal."""

    def __init__(self, database: Database, books: Books, language: str) -> None:
        self.database, self.books = database, books
        self.labels = Labels(language)
        self.prompt = self.labels("talk", "prompt") + " "

    def open(self, raw: bytes) -> str:
        """Take a complaint in and get its suggestion, so that talks can begin."""
        complaint = read_complaint(raw)
        matter = complaint.complaint
        complaint = complaint.model_copy(
            update={"complaint": matter.model_copy(update={"evidence": matter.evidence or ()})}
        )
        with self.database.transaction() as tx:
            sitting = Sitting.begin(tx, self.books, LOCAL)
            case = diagnose(sitting, open_case(sitting, complaint), complaint, None)
            return suggest_for_case(sitting, case)[0].id

    def hear(self, case_id: str, line: str) -> None:
        """Let something happen in the talks. Raises BadInput for an unknown line, else as `play_round`."""
        with self.database.transaction() as tx:
            sitting = Sitting.begin(tx, self.books, LOCAL)
            case = read_case(sitting, case_id, "play_round")
            currency = read_table(sitting, case).decided.policy.currency
            play_round(sitting, case, read_event(line, currency))

    def show(self, case_id: str) -> None:
        """Where the talks stand, and what comes next; the letter once they are over."""
        with self.database.reading() as tx:
            sitting = Sitting.begin(tx, self.books, LOCAL)
            case = read_case(sitting, case_id, "get_case")
            table, advice = read_table(sitting, case), advice_for(sitting, case)
            print_parts(self._parts(case, table, advice))
            if case.state in (CaseState.AGREED, CaseState.FULFILLED, CaseState.UNSETTLED):
                print_parts([heading(self.labels("talk", "letter"))])
                letter = customer_letter(sitting, case, self.labels.language)
                click.echo(letter.text)  # whole lines: it is to be sent

    def show_events(self) -> None:
        """Everything that can be told, with an example of each."""
        table = grid(self.labels("talk", "write"), self.labels("talk", "means"))
        for name, example in EXAMPLES.items():
            table.add_row(example, self.labels("event", name))
        print_parts([indented(table)])

    def _parts(self, case: Case, table: Table, advice: Advice) -> Iterator[RenderableType]:
        newest = [each.decided for each in table.history if isinstance(each, FactsChanged)]
        decided = newest[-1] if newest else table.decided
        phrases = phrases_for(decided.decision, self.books, self.labels.language)
        step = "answer" if advice.state == "open" and advice.step in _PUT else advice.step
        state, step = self.labels("talk_state", advice.state), self.labels("step", step)
        yield Text(f"\n{case.id} · {state} · {step}", style="bold")
        yield Text(self.labels("talk", "why", why_in_words(advice, self.labels.language)))
        for name, codes in (("say", advice.talk), ("ask", advice.ask)):
            if codes:
                yield heading(self.labels("heading", name))
                spoken = words_for(codes, advice, decided, self.labels.language)
                yield bullets((line.text for line in spoken), numbered=True)
        if advice.amount is not None and advice.menu:
            yield heading(self.labels("talk", "offer", advice.amount))
            yield indented(self._menu(advice.menu, phrases))
        if advice.gift:
            given = f"{phrases.instrument(advice.gift.instrument)} {advice.gift.face}"
            yield heading(self.labels("heading", "gift", given))
        if advice.gestures:
            yield heading(self.labels("heading", "gestures"))
            yield bullets(phrases.gesture(each) for each in advice.gestures)
        if advice.state not in _BEFORE_ITEMS:
            yield heading(self.labels("talk", "items"))
            yield bullets(
                [self._item(each, phrases) for each in advice.items] or [self.labels("talk", "no_items")]
            )

    def _menu(self, menu: tuple[Option, ...], phrases: Phrases) -> Any:
        table = grid("", *(self.labels("column", code) for code in ("cash", "parts", "ready")), right=(0, 1))
        for option in menu:
            parts = "\n+ ".join(f"{phrases.instrument(p.instrument)} {p.face}" for p in option.parts) or "—"
            ready = moment(option.ready_by) or self.labels("line", "open")
            table.add_row(str(option.id), str(option.cash), parts, ready)
        return table

    def _item(self, shown: ItemShown, phrases: Phrases) -> str:
        item = shown.item
        told = [self.labels("item", item.kind), self.labels("weight", item.weight)]
        told += [str(item.amount)] if item.amount else []
        status, why = phrases.own("item_status", shown.status), phrases.own("item_reason", shown.reason)
        return f"{self.labels.clauses(told)}: {status} ({why})"


_PUT = frozenset({Step.PROBE, Step.EXCHANGE, Step.OTHER_FORM, Step.RECOMPOSE})
"""Steps that are done once the offer is on the table."""

_BEFORE_ITEMS = frozenset({State.LISTEN, State.DECOMPOSE, State.ESCALATED})
"""States in which no items are shown: not asked for yet, or not any more."""

EXAMPLES: Mapping[str, str] = {
    "confirmed": "confirmed",
    "items_split": "items money:must:300.00 face:want",
    "offered": "offered",
    "accepted": "accepted 1",
    "countered": "countered 360.00",
    "ranked": "ranked 2 1",
    "wished": "wished credit",
    "refused": "refused",
    "silent": "silent",
    "left": "left",
    "overridden": "overridden 350.00 waited for a week",
    "part_blocked": "part_blocked voucher",
    "threatened": "threatened violence",
    "self_harm_told": "self_harm_told",
    "safety_raised": "safety_raised",
    "legal_action_taken": "legal_action_taken",
}
"""A line for each event, as it is typed."""

_READERS: Mapping[str, Callable[[list[str], str], dict[str, Any]]] = {
    "items": lambda words, currency: {
        "event": "items_split",
        "items": [_item_of(w, currency) for w in words],
    },
    "accepted": lambda words, _: {"option": int(words[0]) if words else None},
    "countered": lambda words, currency: {"amount": _amount(words[0], currency)},
    "ranked": lambda words, _: {"order": [int(word) for word in words]},
    "wished": lambda words, _: {"kind": words[0]},
    "overridden": lambda words, currency: {
        "amount": _amount(words[0], currency),
        "reason": " ".join(words[1:]),
    },
    "part_blocked": lambda words, _: {"instrument": words[0]},
    "threatened": lambda words, _: {"kind": words[0]},
}


def read_event(line: str, currency: str) -> Any:
    """An event from a typed line. Raises BadInput, saying how it is written."""
    name, *words = line.split()
    try:
        body = {"event": name} | _READERS.get(name, _bare)(words, currency)
        return _ROUND.validate_json(json.dumps(body), strict=True)
    except (ValidationError, ValueError, IndexError, BadInput):
        known = EXAMPLES.get("items_split" if name == "items" else name)
        remedy = f"write it like: {known}" if known else "? lists what can be told"
        raise BadInput([Fault(line, "cannot be read", remedy)]) from None


def _bare(words: list[str], _currency: str) -> dict[str, Any]:
    if words:
        raise ValueError("this event takes nothing")
    return {}


def _amount(text: str, currency: str) -> dict[str, str]:
    return write_money(Money.of(text, currency))


def _item_of(word: str, currency: str) -> dict[str, Any]:
    kind, weight, *amount = word.split(":")
    item: dict[str, Any] = {"kind": kind, "weight": weight}
    return item | ({"amount": _amount(amount[0], currency)} if amount else {})
