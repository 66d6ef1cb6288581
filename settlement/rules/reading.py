"""TOML text to an Edition, or every fault at once, each with its place and what to write instead."""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from settlement.money import EXPONENTS
from settlement.rules.book import BookKind, Edition, Head, OwedIn, Standing
from settlement.rules.book_text import digest as digest
from settlement.rules.book_text import parse_book
from settlement.rules.faults import Block, Faults
from settlement.rules.policy import PolicyTerms, policy_facts
from settlement.rules.reading_contracts import bound_by_contract, check_answers, check_contracts
from settlement.rules.reading_policy import POLICY_BLOCKS, read_terms
from settlement.rules.reading_tables import UNREAD, read_raw_formulas, read_raw_tables, read_type
from settlement.rules.reading_words import read_examples, read_monotone, read_words
from settlement.rules.rete import plan_faults
from settlement.rules.typed_names import DAY, TypedNames
from settlement.rules.types import Kind, Type, quoted

_COMMON = frozenset({"book", "table", "formula", "monotone", "words", "example"})
_BOOK_KEYS = frozenset({"id", "kind", "title", "currency", "source", "edition", "effective_from"})
_PACK_KEYS = _BOOK_KEYS | {"standing", "head", "owed_in", "outputs"}
_POLICY_KEYS = _BOOK_KEYS | {"time_zone", "calendar"}

_BOOK_ID = re.compile(r"[a-z][a-z0-9_-]{0,63}", re.ASCII)
_EDITION = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", re.ASCII)


def read_edition(text: str, file: str) -> Edition:
    """Read one edition of one book. Raises BadBook with every fault."""
    faults = Faults(file)
    data = parse_book(text, faults)
    book = Block.of(data.get("book"), "book", faults)
    looks_like = BookKind.POLICY if data.keys() & POLICY_BLOCKS else BookKind.PACK
    reader = _EditionReader(data, book, BookKind(book.one_of("kind", BookKind) or looks_like), faults)
    edition = reader.edition()
    faults.raise_if_any()
    return edition


@dataclass
class _EditionReader:
    data: Mapping[str, Any]
    book: Block
    kind: BookKind
    faults: Faults

    def edition(self) -> Edition:
        is_pack = self.kind is BookKind.PACK
        Block("", self.data, self.faults).allow_only(_COMMON | ({"inputs"} if is_pack else POLICY_BLOCKS))
        self.book.allow_only(_PACK_KEYS if is_pack else _POLICY_KEYS)
        edition = self._header()
        if not is_pack:
            edition = replace(edition, terms=read_terms(self.data, edition.currency, self.faults))
        names = self._names(edition)
        edition = self._with_tables(edition, names)
        if is_pack:
            edition = self._pack_header(edition, names)
        return replace(
            edition,
            words=read_words(self.data.get("words", {}), edition, self.faults),
            examples=read_examples(self.data.get("example", []), edition, self.faults),
            monotone=read_monotone(self.data.get("monotone", {}), edition, self.faults),
        )

    def _header(self) -> Edition:
        return Edition(
            file=self.faults.file,
            id=self._name("id", _BOOK_ID, "use a-z, 0-9, _ and -, a letter first, at most 64"),
            kind=self.kind,
            title=self.book.both_languages("title"),
            currency=self._currency(),
            source=self.book.text("source"),
            edition=self._name("edition", _EDITION, "use letters, digits, . _ and -, at most 64"),
            effective_from=self._effective_from(),
            digest=digest(self.data),
            inputs={},
            tables={},
            formulas={},
            data=self.data,
        )

    def _name(self, key: str, pattern: re.Pattern[str], remedy: str) -> str:
        """A text that is a file's name too and a word of the lock file."""
        name = self.book.text(key)
        if name and not pattern.fullmatch(name):
            self.faults.add(self.book.at(key), f"{quoted(name)} cannot be its name", remedy)
        return name

    def _currency(self) -> str:
        """The book's currency; "" where it is at fault, and then no money is read."""
        currency = self.book.text("currency")
        if currency in EXPONENTS:
            return currency
        if currency:
            problem = f"{quoted(currency)} is not a currency"
            self.faults.add("book, currency", problem, "write an ISO 4217 code such as CNY")
        return ""

    def _effective_from(self) -> date:
        day = self.book.data.get("effective_from")
        if isinstance(day, date):
            return day
        problem = "is missing" if day is None else f"{quoted(day)} is not a date"
        remedy = "write effective_from = 2026-01-01, without quotes"
        self.faults.add("book, effective_from", problem, remedy)
        return date.min

    def _names(self, edition: Edition) -> TypedNames:
        tables = read_raw_tables(self.data.get("table", []), edition.currency, self.faults)
        formulas = read_raw_formulas(self.data.get("formula", []), self.faults)
        if edition.terms is None:
            inputs = self._pack_inputs(edition.currency)
            return TypedNames(inputs, tables, formulas, edition.currency, self.faults)
        inputs = _policy_inputs(edition.currency, edition.terms)
        tables = tuple(bound_by_contract(table) for table in tables)
        names = TypedNames(inputs, tables, formulas, edition.currency, self.faults)
        check_contracts(names, self.faults)
        return names

    def _pack_inputs(self, currency: str) -> dict[str, Type]:
        block = Block.of(self.data.get("inputs"), "inputs", self.faults)
        return {
            name: read_type(raw, block.at(name), currency, self.faults) for name, raw in block.data.items()
        }

    def _with_tables(self, edition: Edition, names: TypedNames) -> Edition:
        tables = names.tables()
        for table in tables.values():
            for fault in plan_faults(table):
                self.faults.add(fault.place, fault.problem, fault.remedy)
        if self.kind is BookKind.POLICY:
            check_answers(tables, self.faults)
        formulas = {
            named.id: replace(named, type=replace(named.type, nullable=named.id in names.nullable))
            for named in names.formulas.values()
            if named
        }
        return replace(edition, inputs=names.inputs, tables=tables, formulas=formulas)

    def _pack_header(self, edition: Edition, names: TypedNames) -> Edition:
        standing, owed_in = self.book.one_of("standing", Standing), self.book.one_of("owed_in", OwedIn)
        head = self.book.one_of("head", Head) if "head" in self.book.data else ""
        self._check_head(names)
        return replace(
            edition,
            outputs=self._outputs(names),
            standing=Standing(standing) if standing else None,
            owed_in=OwedIn(owed_in) if owed_in else None,
            head=Head(head) if head else None,
        )

    def _outputs(self, names: TypedNames) -> tuple[str, ...]:
        """The names to publish, those that can be."""
        place, outputs = "book, outputs", self.book.texts("outputs")
        known = {name for name, table in names.table_of.items() if DAY not in table.when}
        known |= names.raw_formulas.keys()
        for name, count in Counter(outputs).items():
            if count > 1:
                self.faults.add(place, f"names {quoted(name)} twice", "publish each name once")
            if name not in known:
                problem = f"{quoted(name)} is no output or formula that can be published"
                self.faults.add(place, problem, f"publish some of {', '.join(sorted(known))}")
        if not outputs or outputs[0] != "amount":
            self.faults.add(place, "does not begin with amount", 'write outputs = ["amount", …]')
        elif "amount" in known and not _may_be_money("amount", names):
            self.faults.add(place, "amount is not money", "give amount the type money")
        return tuple(name for name in dict.fromkeys(outputs) if name in known)

    def _check_head(self, names: TypedNames) -> None:
        by_row = names.table_of.get("head")
        if bool(by_row) == ("head" in self.book.data):
            remedy = "name the head here, or give an enum output head, not both"
            self.faults.add("book, head", "is given twice or not at all", remedy)
        if by_row is None or (type_ := by_row.then["head"]) is UNREAD:
            return
        if type_.kind is not Kind.ENUM or set(type_.values) - set(Head):
            problem = "is no enum of known heads"
            self.faults.add(by_row.place(column="head"), problem, f"use some of {', '.join(Head)}")


def _policy_inputs(currency: str, terms: PolicyTerms) -> dict[str, Type]:
    facts = policy_facts(currency, terms.evidence_kinds, terms.categories or ("none",))
    if currency:
        return facts
    return {name: UNREAD if type_.kind is Kind.MONEY else type_ for name, type_ in facts.items()}


def _may_be_money(name: str, names: TypedNames) -> bool:
    """Whether an output or formula is money; also where it could not be read."""
    if name in names.table_of:
        type_ = names.table_of[name].then[name]
        return type_ is UNREAD or type_.kind is Kind.MONEY
    formula = names.formulas[name]
    return formula is None or formula.type is UNREAD or formula.type.kind is Kind.MONEY
