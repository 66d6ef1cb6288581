"""The talks of a case on the terminal: what to do and say next, the offer, the demand item by item."""

from collections.abc import Iterator
from typing import Any

import click
from rich.console import RenderableType
from rich.text import Text

from settlement.cases.lifecycle import Case
from settlement.cases.lifecycle import State as CaseState
from settlement.cli.adviser import LOCAL
from settlement.cli.labels import Labels
from settlement.cli.layout import bullets, grid, heading, indented, print_parts
from settlement.cli.page import moment
from settlement.cli.talk_lines import (
    EXAMPLES,
    SIGNAL_EXAMPLES,
    SignalLine,
    Unread,
    lines_with_effect,
    read_line,
)
from settlement.complaint import read_complaint
from settlement.decision.answer import Option
from settlement.decision.phrases import Phrases
from settlement.desk.case_file import read_case
from settlement.desk.case_pages import phrases_of, signals_hinted
from settlement.desk.cases import confirm_signals, diagnose, open_case, suggest_for_case
from settlement.desk.letters import customer_letter
from settlement.desk.negotiations import advice_for, play_round
from settlement.desk.records import phrases_for
from settlement.desk.sitting import Sitting
from settlement.desk.talk_table import Table, read_table
from settlement.errors import NotAuthorised, SettlementError
from settlement.negotiation.advice import Advice
from settlement.negotiation.events import FactsChanged, Threatened
from settlement.negotiation.items import ItemShown
from settlement.negotiation.moves import fold
from settlement.negotiation.talks import TERMINAL, Authority, NoEffect, State, Step
from settlement.negotiation.words import why_in_words, words_for
from settlement.rules.library import Books
from settlement.store.database import Database


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

    def hear(self, case_id: str, line: str) -> str:
        """Let something happen in the talks; how the line was understood.

        Raises Unread, and as `play_round` and `confirm_signals`.
        """
        with self.database.transaction() as tx:
            sitting = Sitting.begin(tx, self.books, LOCAL)
            case = read_case(sitting, case_id, "play_round")
            typed = read_line(line, read_table(sitting, case).decided.policy.currency)
            if isinstance(typed, SignalLine):
                confirm_signals(sitting, case, {typed.signal: typed.is_so}, typed.reason)
            else:
                play_round(sitting, case, typed)
        return self.labels("talk", "understood", self.labels.clauses(self._understood(typed)))

    def _understood(self, typed: Any) -> Iterator[str]:
        """What was typed, in words, each sum with its currency."""
        if isinstance(typed, SignalLine):
            yield self.labels("talk", "confirmed_signal" if typed.is_so else "withdrawn_signal")
            yield self.labels("signal", typed.signal)
            return
        yield self.labels("event", typed.event)
        if isinstance(typed, Threatened):
            yield self.labels("signal", typed.kind)
            return
        for name in ("amount", "option", "instrument", "reason", "kind"):
            if (value := getattr(typed, name, None)) is not None:
                yield str(value)
        for item in getattr(typed, "items", ()):
            told = [self.labels("item", item.kind), self.labels("weight", item.weight)]
            yield " ".join([*told, *([str(item.amount)] if item.amount else [])])

    def what_instead(self, case_id: str, error: SettlementError | Unread) -> list[str]:
        """What was wrong with a line, and what to type instead, in the language of the page."""
        if isinstance(error, Unread) and error.instead:
            said = self.labels("talk_error", error.code, *error.values)
            return [said, "  " + self.labels("talk_error", "instead", error.instead)]
        if isinstance(error, Unread):
            said = self.labels("talk_error", error.code, *error.values)
        elif isinstance(error, NoEffect):
            state = self.labels("talk_state", error.talk.state)
            said = self.labels("talk_error", "no_effect", self.labels("event", error.event), state)
        else:
            kind = "not_yours" if isinstance(error, NotAuthorised) else "refused"
            said = self.labels("talk_error", kind, *([str(error)] if self.labels.language == "en" else [""]))
        return [said, "  " + self._instead(case_id)]

    def _instead(self, case_id: str) -> str:
        with self.database.reading() as tx:
            sitting = Sitting.begin(tx, self.books, LOCAL)
            table = read_table(sitting, read_case(sitting, case_id, "get_case"))
            authority = Authority(LOCAL.role)
            talk = fold(table.decided, authority, table.history)
            lines = lines_with_effect(talk, authority, table.decided.policy.currency)
        if talk.state in TERMINAL:
            return self.labels("talk_error", "over", EXAMPLES["safety_raised"])
        return self.labels("talk_error", "instead", " · ".join(lines))

    def show(self, case_id: str) -> None:
        """Where the talks stand, and what comes next; the letter once they are over."""
        with self.database.reading() as tx:
            sitting = Sitting.begin(tx, self.books, LOCAL)
            case = read_case(sitting, case_id, "get_case")
            table, advice = read_table(sitting, case), advice_for(sitting, case)
            print_parts(self._parts(case, table, advice))
            print_parts(self._signals(sitting, case))
            if case.state in (CaseState.AGREED, CaseState.FULFILLED, CaseState.UNSETTLED):
                print_parts([heading(self.labels("talk", "letter"))])
                letter = customer_letter(sitting, case, self.labels.language)
                click.echo(letter.text)  # whole lines: it is to be sent

    def show_events(self) -> None:
        """Everything that can be told, with an example of each."""
        table = grid(self.labels("talk", "write"), self.labels("talk", "means"))
        for name, example in {**EXAMPLES, **SIGNAL_EXAMPLES}.items():
            table.add_row(example, self.labels("event", name))
        print_parts([indented(table), Text(self.labels("talk", "items_form"))])

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

    def _signals(self, sitting: Sitting, case: Case) -> Iterator[RenderableType]:
        """What the customer's words hint at and nobody confirmed, and what came up after the talks."""
        hinted = signals_hinted(sitting, case, phrases_of(sitting, case, self.labels.language))
        if hinted:
            yield heading(self.labels("talk", "hinted"))
            yield bullets(
                self.labels(
                    "talk", "hint", each.text, self.labels.listed(each.words_found), each.effect, each.signal
                )
                for each in hinted
            )
        if case.dangers:
            yield heading(self.labels("talk", "heard_since"))
            yield bullets(self.labels("signal", each) for each in case.dangers)

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
