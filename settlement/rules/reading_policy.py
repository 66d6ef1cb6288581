"""The blocks of a policy beside its tables: TOML data to PolicyTerms, every fault collected."""

from collections.abc import Mapping
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from settlement.dates import CALENDARS, Duration, DurationUnit, read_duration
from settlement.money import Money
from settlement.roles import LEVELS, Role
from settlement.rules.case_terms import CASE_BLOCKS, read_case_terms
from settlement.rules.faults import Block, Faults, listed_blocks
from settlement.rules.forbidden_words import refuse_forbidden
from settlement.rules.policy import (
    CASE_CLOCKS,
    CASE_KINDS,
    GESTURE_KINDS,
    GRADES,
    INSTRUMENT_KINDS,
    PROBLEMS,
    BalanceTerms,
    Gesture,
    Gift,
    InfluenceTerms,
    Instrument,
    LadderTerms,
    Limits,
    PolicyTerms,
    ValueTerms,
)
from settlement.rules.policy_needs import check_needs
from settlement.rules.reading_tables import A_NAME
from settlement.rules.reading_talk import TALK_BLOCKS, read_lexicon, read_talk
from settlement.rules.types import NAME, Kind, Text, Type, quoted

_BLOCKS = "balance value influence ladder authority evidence routing clocks gift instrument gesture"
POLICY_BLOCKS = frozenset((*_BLOCKS.split(), *CASE_BLOCKS, *TALK_BLOCKS))
_NO_TIME = Duration(0, DurationUnit.MINUTES)
_NO_MONEY = Money.zero("XDR")

_SOME = Type(Kind.INTEGER, low=1)
_DAYS = Type(Kind.INTEGER, low=0, high=36500)
_SHARE = Type(Kind.RATE, low=0, high=1)
_RATE = Type(Kind.RATE, low=0)
_DECIMAL = Type(Kind.DECIMAL, low=0)
_MULTIPLE = Type(Kind.DECIMAL, low=1)


def read_terms(data: Mapping[str, Any], currency: str, faults: Faults) -> PolicyTerms:
    """Read every block of a policy. A block at fault is kept as a fault; a stand-in takes its place."""
    reader = _TermsReader(data, currency, faults)
    authority = reader.block("authority", ("owed", "goodwill"))
    evidence = reader.block("evidence", ("kinds", "agent_may_verify"))
    routing = reader.block("routing", ("categories",))
    book = Block.of(data.get("book", {}), "book", faults)
    instruments = tuple(reader.instrument(block) for block in reader.listed("instrument"))
    terms = PolicyTerms(
        time_zone=reader.time_zone(book),
        calendar=reader.calendar(book),
        balance=reader.balance(),
        value=reader.value(),
        influence=reader.influence(),
        ladder=reader.ladder(),
        owed_limits=reader.limits(authority, "owed"),
        goodwill_limits=reader.limits(authority, "goodwill"),
        evidence_kinds=reader.names(evidence, "kinds"),
        agent_may_verify=reader.money(evidence, "agent_may_verify"),
        categories=reader.names(routing, "categories"),
        clocks=reader.clocks(),
        approval_clocks=reader.approval_clocks(),
        instruments=instruments,
        gestures=tuple(reader.gesture(block) for block in reader.listed("gesture")),
        texts=read_talk(reader.entries("text"), faults),
        gift=reader.gift(instruments),
        life=read_case_terms(data, faults),
        lexicon=read_lexicon(data.get("lexicon", []), faults),
    )
    check_needs(terms, faults)
    return terms


class _TermsReader:
    def __init__(self, data: Mapping[str, Any], currency: str, faults: Faults) -> None:
        self.data, self.currency, self.faults = data, currency, faults
        self.money_type = Type(Kind.MONEY, currency, low=0)

    def block(self, name: str, keys: tuple[str, ...]) -> Block:
        block = Block.of(self.data.get(name), name, self.faults)
        block.allow_only(keys)
        return block

    def entries(self, name: str) -> Any:
        """A [[list]] that must hold something."""
        entries = self.data.get(name, [])
        if entries == []:
            self.faults.add(name, "is missing", f"write at least one [[{name}]]")
        return entries

    def listed(self, name: str) -> list[Block]:
        """The blocks of a [[list]], each placed by its id; ids must differ."""
        return listed_blocks(self.entries(name), name, self.faults)

    def money(self, block: Block, key: str) -> Money:
        """An amount, never below zero. Without a currency, whose fault is reported, no amount can be read."""
        if not self.currency:
            return _NO_MONEY
        return Money(block.value(key, self.money_type, 0), self.currency)

    def maybe_money(self, block: Block, key: str) -> Money | None:
        return self.money(block, key) if key in block.data else None

    def names(self, block: Block, key: str) -> tuple[str, ...]:
        names = block.texts(key)
        for name in names:
            if not NAME.fullmatch(name):
                self.faults.add(block.at(key), f"{quoted(name)} cannot be a name", A_NAME)
        if not names or len(set(names)) < len(names):
            self.faults.add(block.at(key), "is empty or names one twice", "list each name once")
        return tuple(dict.fromkeys(names))

    def time_zone(self, book: Block) -> str:
        """A zone of the time zone database, by its own name: "localtime" would be another on each machine."""
        name = book.text("time_zone")
        try:
            if "/" in name or name == "UTC":
                return ZoneInfo(name).key
        except (KeyError, ValueError, OSError):  # no such zone; no name of a file; a folder of zones
            pass
        if name:
            problem = f"{quoted(name)} is not a time zone"
            self.faults.add("book, time_zone", problem, "write one like Asia/Shanghai")
        return "UTC"

    def calendar(self, book: Block) -> str:
        return book.one_of("calendar", sorted(path.stem for path in CALENDARS.glob("*.toml")))

    def balance(self) -> BalanceTerms:
        block = self.block("balance", ("kappa", "small_room", "beta", "round_cost"))
        return BalanceTerms(
            kappa=block.value("kappa", _MULTIPLE, 1),
            small_room=self.money(block, "small_room"),
            beta=block.value("beta", _SHARE, 0),
            round_cost=self.money(block, "round_cost"),
        )

    def value(self) -> ValueTerms:
        block = self.block("value", tuple(ValueTerms.__dataclass_fields__))
        return ValueTerms(
            order_value=self.money(block, "order_value"),
            margin=block.value("margin", _SHARE, 0),
            gap_days=block.value("gap_days", Type(Kind.INTEGER, low=1, high=36500), 1),
            years=block.value("years", Type(Kind.INTEGER, low=1, high=50), 1),
            yearly_keep=block.value("yearly_keep", _SHARE, 0),
            discount=block.value("discount", _RATE, 0),
            past_multiple=block.value("past_multiple", _DECIMAL, 0),
            order_cap_multiple=block.value("order_cap_multiple", _DECIMAL, 0),
            neutral=self.money(block, "neutral"),
            stale_after_days=block.value("stale_after_days", _DAYS, 0),
        )

    def influence(self) -> InfluenceTerms:
        block = self.block("influence", tuple(InfluenceTerms.__dataclass_fields__))
        return InfluenceTerms(
            full_reach=block.value("full_reach", _SOME, 1),
            exponent=block.value("exponent", Type(Kind.DECIMAL, low=0, high=1), 0),
            conversion=block.value("conversion", _SHARE, 0),
            engagement_cap=block.value("engagement_cap", _SHARE, 0),
            predicted_share=block.value("predicted_share", _SHARE, 0),
            observed_share=block.value("observed_share", _SHARE, 0),
            half_life_months=block.value("half_life_months", Type(Kind.INTEGER, low=1, high=1200), 1),
            mentions_cap=block.value("mentions_cap", Type(Kind.INTEGER, low=0, high=1000), 0),
            cap=self.money(block, "cap"),
        )

    def ladder(self) -> LadderTerms:
        block = self.block("ladder", tuple(LadderTerms.__dataclass_fields__))
        return LadderTerms(
            max_options=block.value("max_options", Type(Kind.INTEGER, low=1, high=4), 1),
            noncash_parts=block.value("noncash_parts", Type(Kind.INTEGER, low=0, high=2), 0),
            noncash_share=block.value("noncash_share", _SHARE, 0),
            longest_lead=self.duration(block, "longest_lead"),
            offer_stands=self.duration(block, "offer_stands"),
            max_answers=block.value("max_answers", Type(Kind.INTEGER, low=1, high=20), 1),
        )

    def limits(self, authority: Block, part: str) -> dict[Role, Limits]:
        block = Block.of(authority.data.get(part), f"authority.{part}", self.faults)
        block.allow_only(LEVELS)
        limits = {}
        for level in LEVELS:
            entry = Block.of(block.data.get(level), f"authority.{part}.{level}", self.faults)
            entry.allow_only(("case", "day", "month"))
            limits[level] = Limits(*(self.money(entry, key) for key in ("case", "day", "month")))
        for lower, higher in pairwise(LEVELS):
            low, high = limits[lower], limits[higher]
            if high.case < low.case or high.day < low.day or high.month < low.month:
                place = f"authority.{part}.{higher}"
                self.faults.add(place, f"may grant less than {lower}", "raise it, or lower the other")
        return limits

    def duration(self, block: Block, key: str) -> Duration:
        return self._read_duration(block.data.get(key), block.at(key))

    def _read_duration(self, raw: Any, place: str) -> Duration:
        read = read_duration(raw) if isinstance(raw, str) else None
        if read is None:
            problem = "is missing" if raw is None else f"{quoted(raw)} is not a time limit"
            self.faults.add(place, problem, 'write "15 min", "24 h", "14 d" or "3 wd"')
        return read or _NO_TIME

    def clocks(self) -> dict[str, dict[str, tuple[Duration, ...]]]:
        block = self.block("clocks", (*CASE_KINDS, "approval"))
        clocks = {}
        for kind in CASE_KINDS:
            entry = Block.of(block.data.get(kind), f"clocks.{kind}", self.faults)
            entry.allow_only(CASE_CLOCKS)
            clocks[kind] = {
                clock: self._by_grade(entry, clock) for clock in CASE_CLOCKS if clock in entry.data
            }
            if not clocks[kind]:
                self.faults.add(
                    f"clocks.{kind}", "names no clock", f"give at least one of {', '.join(CASE_CLOCKS)}"
                )
        return clocks

    def _by_grade(self, entry: Block, clock: str) -> tuple[Duration, ...]:
        raw = entry.data[clock]
        written = raw if isinstance(raw, list) else [raw] * len(GRADES)
        if len(written) != len(GRADES):
            self.faults.add(entry.at(clock), f"has {len(written)} limits", "write one, or five: one a grade")
        return tuple(self._read_duration(item, entry.at(clock)) for item in written)

    def approval_clocks(self) -> dict[Role, Duration]:
        clocks = self.data.get("clocks")
        block = Block.of(
            clocks.get("approval") if isinstance(clocks, Mapping) else None, "clocks.approval", self.faults
        )
        block.allow_only(LEVELS)
        return {level: self.duration(block, level) for level in LEVELS}

    def instrument(self, block: Block) -> Instrument:
        block.allow_only(Instrument.__dataclass_fields__)
        kind = block.one_of("kind", INSTRUMENT_KINDS)
        faces = {key: self.maybe_money(block, key) for key in ("fixed", "lo", "hi", "step")}
        self._check_faces(block, kind, faces)
        return Instrument(
            id=self._id(block),
            kind=kind,
            name=self.fair_text(block, "name"),
            cost=block.value("cost", _RATE, 0),
            value=block.value("value", _RATE, 0),
            lead=self.duration(block, "lead"),
            available=block.flag("available", default=True),
            goods_value=self.goods_value(block, kind),
            categories=self.some_of(block, "categories", self._categories()),
            problems=self.some_of(block, "problems", PROBLEMS),
            **faces,
        )

    def goods_value(self, block: Block, kind: str) -> Any:
        """What returned goods keep of the price; a refund names it, nothing else does."""
        if kind == "refund":
            return block.value("goods_value", _SHARE, 0)
        if "goods_value" in block.data:
            self.faults.add(block.at("goods_value"), f"{kind or 'this'} takes no goods back", "leave it out")
        return None

    def some_of(self, block: Block, key: str, known: tuple[str, ...]) -> tuple[str, ...]:
        """A list of known names; empty where it is left out."""
        names = block.texts(key)
        for name in names:
            if name not in known:
                problem = f"{quoted(name)} is not known"
                self.faults.add(block.at(key), problem, f"write some of {', '.join(known)}")
        return names

    def _categories(self) -> tuple[str, ...]:
        routing = self.data.get("routing")
        listed = routing.get("categories") if isinstance(routing, Mapping) else None
        return tuple(name for name in listed if isinstance(name, str)) if isinstance(listed, list) else ()

    def _check_faces(self, block: Block, kind: str, faces: Mapping[str, Money | None]) -> None:
        given = {key for key, face in faces.items() if face is not None}
        wanted = [set()] if kind in ("refund", "cash") else [{"fixed"}, {"lo", "hi", "step"}]
        if given not in wanted:
            remedy = "leave them out" if kind in ("refund", "cash") else "write fixed, or lo, hi and step"
            self.faults.add(block.place, f"a {kind} cannot have the faces {sorted(given)}", remedy)
        fixed, lo, hi, step = (faces[key] for key in ("fixed", "lo", "hi", "step"))
        if not self.currency:
            return
        if fixed is not None and not fixed:
            self.faults.add(block.at("fixed"), "is nothing", "write a face above zero")
        if lo is None or hi is None or step is None:
            return
        if lo > hi or not step or (hi - lo).minor % step.minor:
            problem = "lo, hi and step do not fit"
            self.faults.add(block.place, problem, "hi is lo plus a whole number of steps")

    def _id(self, block: Block) -> str:
        name = block.text("id")
        if name and not NAME.fullmatch(name):
            self.faults.add(block.at("id"), f"{quoted(name)} cannot be a name", A_NAME)
        return name

    def fair_text(self, block: Block, key: str) -> Text:
        """A text for customers: in both languages, without pressure."""
        text = block.both_languages(key)
        refuse_forbidden(text, block.at(key), self.faults)
        return text

    def gesture(self, block: Block) -> Gesture:
        block.allow_only(Gesture.__dataclass_fields__)
        return Gesture(
            id=self._id(block),
            kind=block.one_of("kind", GESTURE_KINDS),
            level=Role(block.one_of("level", LEVELS) or Role.AGENT),
            text=self.fair_text(block, "text"),
            problems=self.some_of(block, "problems", PROBLEMS),
        )

    def gift(self, instruments: tuple[Instrument, ...]) -> Gift | None:
        if "gift" not in self.data:
            return None
        block = self.block("gift", ("instrument", "face"))
        by_id = {instrument.id: instrument for instrument in instruments if instrument.id}
        gift = Gift(block.one_of("instrument", sorted(by_id)), self.money(block, "face"))
        if self.currency and gift.instrument and not _has_face(by_id[gift.instrument], gift.face):
            self.faults.add(
                block.at("face"), f"{gift.instrument} has no face of {gift.face}", "write one it has"
            )
        return gift


def _has_face(instrument: Instrument, face: Money) -> bool:
    if instrument.lo is None or instrument.hi is None or instrument.step is None:
        return instrument.fixed in (None, face)
    if not instrument.step:
        return True  # reported already
    return (
        instrument.lo <= face <= instrument.hi and (face - instrument.lo).minor % instrument.step.minor == 0
    )
