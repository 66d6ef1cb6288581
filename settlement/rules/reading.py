"""TOML text to an Edition, or every fault at once, each with its place and what to write instead."""

import hashlib
import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from settlement.errors import BadBook, Fault
from settlement.money import EXPONENTS
from settlement.roles import LEVELS
from settlement.rules.book import BookKind, Edition, Example, Head, Hit, OwedIn, Standing
from settlement.rules.faults import Block, Faults, read_text
from settlement.rules.policy import CONTRACTS, EVIDENCE, PolicyTerms, policy_facts
from settlement.rules.reading_policy import POLICY_BLOCKS, read_terms
from settlement.rules.reading_tables import RawTable, read_raw_formulas, read_raw_tables, read_type
from settlement.rules.rete import plan_faults
from settlement.rules.typed_names import TypedNames
from settlement.rules.types import Kind, Text, Type

_COMMON = frozenset({"book", "table", "formula", "monotone", "words", "example"})
_BOOK_KEYS = frozenset("id kind title currency source edition effective_from".split())
_PACK_KEYS = _BOOK_KEYS | {"standing", "head", "owed_in", "outputs"}
_POLICY_KEYS = _BOOK_KEYS | {"time_zone", "calendar"}


def read_edition(text: str, file: str) -> Edition:
    """Read one edition of one book. Raises BadBook with every fault."""
    data = _parse_toml(text, file)
    faults = Faults(file)
    book = Block.of(data.get("book"), "book", faults)
    kind = book.one_of("kind", BookKind)
    if not kind:
        faults.raise_if_any()
    reader = _EditionReader(data, book, BookKind(kind), faults)
    edition = reader.edition()
    faults.raise_if_any()
    return edition


def digest(data: Mapping[str, Any]) -> str:
    """SHA-256 of the data of a book as canonical JSON; layout and comments do not count."""
    text = json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=_date_text)
    return hashlib.sha256(text.encode()).hexdigest()


def _date_text(value: Any) -> str:
    assert isinstance(value, date), "TOML gives texts, whole numbers, booleans, dates, lists and blocks"
    return value.isoformat()


class _FloatRefused(Exception):
    pass


def _refuse_float(text: str) -> Any:
    raise _FloatRefused(text)


def _parse_toml(text: str, file: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text, parse_float=_refuse_float)
    except tomllib.TOMLDecodeError as error:
        raise BadBook([Fault(file, f"is not TOML: {error}", "mend the syntax at that line")]) from None
    except _FloatRefused as error:
        raise BadBook([Fault(file, f"{error} is a bare decimal", f'write it as a text: "{error}"')]) from None
    except RecursionError:
        raise BadBook(
            [Fault(file, "is nested too deeply", "a book has blocks, lists and texts, no deeper")]
        ) from None


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
        currency = self._currency()
        terms = None if is_pack else read_terms(self.data, currency, self.faults)
        inputs = self._pack_inputs(currency) if terms is None else self._policy_inputs(currency, terms)
        raw_tables = read_raw_tables(self.data.get("table"), currency, self.faults)
        raw_formulas = read_raw_formulas(self.data.get("formula", []), self.faults)
        names = TypedNames(inputs, raw_tables, raw_formulas, currency, self.faults)
        if not is_pack:
            self._check_contracts(raw_tables, names)
        tables = names.tables()
        for table in tables.values():
            for fault in plan_faults(table):
                self.faults.add(fault.place, fault.problem, fault.remedy)
        formulas = {
            named.id: replace(named, type=replace(named.type, nullable=named.id in names.nullable))
            for named in names.formulas.values()
            if named
        }
        edition = Edition(
            file=self.faults.file,
            id=self.book.text("id"),
            kind=self.kind,
            title=self.book.both_languages("title"),
            currency=currency,
            source=self.book.text("source"),
            edition=self.book.text("edition"),
            effective_from=self._effective_from(),
            digest=digest(self.data),
            inputs=inputs,
            tables=tables,
            formulas=formulas,
            data=self.data,
            terms=terms,
        )
        return self._finish(self._pack_header(edition, names) if is_pack else edition, names)

    def _currency(self) -> str:
        currency = self.book.text("currency")
        if currency and currency not in EXPONENTS:
            self.faults.add(
                "book, currency", f"{currency!r} is not a currency", "write an ISO 4217 code such as CNY"
            )
        return currency if currency in EXPONENTS else "XDR"

    def _effective_from(self) -> date:
        day = self.book.data.get("effective_from")
        if type(day) is date:
            return day
        self.faults.add(
            "book, effective_from",
            f"{day!r} is not a date",
            "write effective_from = 2026-01-01, without quotes",
        )
        return date.min

    def _pack_inputs(self, currency: str) -> dict[str, Type]:
        block = Block.of(self.data.get("inputs"), "inputs", self.faults)
        return {
            name: read_type(raw, block.at(name), currency, self.faults) for name, raw in block.data.items()
        }

    def _policy_inputs(self, currency: str, terms: PolicyTerms) -> dict[str, Type]:
        return policy_facts(currency, terms.evidence_kinds, terms.categories or ("none",))

    def _check_contracts(self, raw_tables: tuple[RawTable, ...], names: TypedNames) -> None:
        """The seven tables, their outputs, and the closed list of facts that each may read."""
        by_id = {table.id: table for table in raw_tables}
        for missing in CONTRACTS.keys() - by_id.keys():
            self.faults.add(
                f'table "{missing}"', "is missing", f"a policy has the tables {', '.join(CONTRACTS)}"
            )
        for table_id, table in by_id.items():
            if table_id not in CONTRACTS:
                self.faults.add(
                    table.place(), "is not a table of a policy", f"a policy has {', '.join(CONTRACTS)}"
                )
                continue
            contract = CONTRACTS[table_id]
            if {name: type_.kind for name, type_ in table.then.items()} != dict(contract.gives):
                gives = ", ".join(f"{name} ({kind})" for name, kind in contract.gives.items())
                self.faults.add(f"{table.place()}, then", "does not give what it must", f"it gives {gives}")
            may_read = set(contract.may_read)
            if EVIDENCE in may_read:
                may_read |= {name for name in names.inputs if name.startswith("evidence_")}
            for fact in sorted(
                names.inputs_behind(self._reads(table, names), frozenset({"grade"}))
                - may_read
                - {*table.then}
            ):
                remedy = f"this table may read {', '.join(sorted(may_read))}"
                self.faults.add(table.place(), f"reads {fact}, which must not move it", remedy)
        self._check_outputs_of(by_id)

    def _reads(self, table: RawTable, names: TypedNames) -> set[str]:
        return set().union(*(names.depends_on[name] for name in table.then))

    def _check_outputs_of(self, by_id: Mapping[str, RawTable]) -> None:
        if (
            "severity" in by_id
            and (grade := by_id["severity"].then.get("grade"))
            and (grade.low, grade.high) != (1, 5)
        ):
            self.faults.add(
                'table "severity", then',
                "grade runs from 1 to 5",
                'write { type = "integer", min = 1, max = 5 }',
            )
        if approval := by_id.get("approval"):
            level = approval.then.get("level")
            if approval.hit is not Hit.HIGHEST or (level and level.values != tuple(LEVELS)):
                remedy = f'write hit = "highest" and level with the values {", ".join(LEVELS)}'
                self.faults.add(approval.place(), "does not give the highest level", remedy)

    def _pack_header(self, edition: Edition, names: TypedNames) -> Edition:
        outputs = self.book.texts("outputs")
        known = {*names.table_of, *names.raw_formulas}
        for name in outputs:
            if name not in known:
                self.faults.add(
                    "book, outputs",
                    f"{name!r} is no output or formula",
                    f"publish some of {', '.join(sorted(known))}",
                )
        if not outputs or outputs[0] != "amount":
            self.faults.add("book, outputs", "does not begin with amount", 'write outputs = ["amount", …]')
        elif "amount" in known and self._kind_of("amount", names) is not Kind.MONEY:
            self.faults.add("book, outputs", "amount is not money", "give amount the type money")
        standing, owed_in = self.book.one_of("standing", Standing), self.book.one_of("owed_in", OwedIn)
        head = self.book.one_of("head", Head) if "head" in self.book.data else ""
        self._check_head(names)
        return replace(
            edition,
            outputs=tuple(name for name in outputs if name in known),
            standing=Standing(standing) if standing else None,
            owed_in=OwedIn(owed_in) if owed_in else None,
            head=Head(head) if head else None,
        )

    def _kind_of(self, name: str, names: TypedNames) -> Kind | None:
        if name in names.table_of:
            return names.table_of[name].then[name].kind
        formula = names.formulas.get(name)
        return formula.type.kind if formula else None

    def _check_head(self, names: TypedNames) -> None:
        by_row = names.table_of.get("head")
        if bool(by_row) == ("head" in self.book.data):
            self.faults.add(
                "book, head", "is given twice or not at all", "name the head, or give an enum output head"
            )
        if by_row and set(by_row.then["head"].values) - set(Head):
            self.faults.add(
                by_row.place(column="head"), "names an unknown head", f"use some of {', '.join(Head)}"
            )

    def _finish(self, edition: Edition, names: TypedNames) -> Edition:
        return replace(
            edition,
            words=self._words(edition),
            examples=self._examples(edition),
            monotone=self._monotone(edition, names),
        )

    def _words(self, edition: Edition) -> dict[str, Text]:
        block = Block.of(self.data.get("words", {}), "words", self.faults)
        words = {key: read_text(raw, f"words, {key}", self.faults) for key, raw in block.data.items()}
        named = self._named_things(edition)
        rows = {
            f"{t.id}.{row.id}"
            for t in edition.tables.values()
            for row in (*t.rows, *filter(None, [t.otherwise]))
        }
        for key in words.keys() - named - rows - edition.formulas.keys() - edition.inputs.keys():
            self.faults.add(f"words, {key}", "names nothing in this book", "take it out, or mend the name")
        for key in sorted(named - words.keys()):
            self.faults.add(f"words, {key}", "is missing", f'write {key} = {{ en = "…", zh = "…" }}')
        return words

    def _named_things(self, edition: Edition) -> set[str]:
        """What people read and so needs words: inputs and outputs of a pack, outputs of a policy, and members."""
        types = dict(edition.inputs) if edition.kind is BookKind.PACK else {}
        types |= {column.name: column.type for table in edition.tables.values() for column in table.outputs}
        types |= {name: edition.formulas[name].type for name in edition.outputs if name in edition.formulas}
        members = {f"{name}.{member}" for name, type_ in types.items() for member in type_.values}
        if edition.terms:
            members |= {f"category.{category}" for category in edition.terms.categories}
        return set(types) | members

    def _examples(self, edition: Edition) -> tuple[Example, ...]:
        entries = self.data.get("example", [])
        if not isinstance(entries, list) or (not entries and edition.kind is BookKind.PACK):
            self.faults.add("example", "is missing", "write at least one [[example]]")
            return ()
        return tuple(
            self._example(Block.of(raw, f"example {n}", self.faults), edition)
            for n, raw in enumerate(entries, 1)
        )

    def _example(self, block: Block, edition: Edition) -> Example:
        block.allow_only(("given", "expect"))
        given = Block.of(block.data.get("given"), f"{block.place}, given", self.faults)
        expect = Block.of(block.data.get("expect"), f"{block.place}, expect", self.faults)
        computed = {column.name for table in edition.tables.values() for column in table.outputs}
        is_policy = edition.kind is BookKind.POLICY
        given.allow_only({*edition.inputs, *(computed if is_policy else ())})
        published = {*computed, *edition.formulas} if is_policy else set(edition.outputs)
        expect.allow_only({*published, "rows", "currency"})
        values = {name: value for name, value in expect.data.items() if name != "rows"}
        return Example(_with_null(given.data), _with_null(values), expect.texts("rows"))

    def _monotone(self, edition: Edition, names: TypedNames) -> dict[str, tuple[str, ...]]:
        block = Block.of(self.data.get("monotone", {}), "monotone", self.faults)
        for output in block.data:
            if output not in names.table_of and output not in names.raw_formulas:
                self.faults.add(f"monotone, {output}", "is no output or formula", "name one of this book")
            for signed in block.texts(output):
                if signed[:1] not in ("+", "-") or signed[1:] not in {
                    *edition.inputs,
                    *names.table_of,
                    *names.raw_formulas,
                }:
                    self.faults.add(
                        f"monotone, {output}", f"{signed!r} is not a signed name", 'write "+fact" or "-fact"'
                    )
        return {output: block.texts(output) for output in block.data}


def _with_null(values: Mapping[str, Any]) -> dict[str, Any]:
    """Examples write unknown as "null", since TOML has no word for it."""
    return {name: None if value == "null" else value for name, value in values.items()}
