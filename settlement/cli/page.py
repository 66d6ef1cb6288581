"""A decision as a page for people: what is owed, what may be offered, who agrees, what to say, and why."""

from collections.abc import Iterator
from datetime import datetime

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from settlement.cli.adviser import Answer
from settlement.cli.labels import Labels
from settlement.cli.layout import bullets, grid, heading, indented, percent, print_parts
from settlement.cli.problems import printable
from settlement.decision.answer import Sum, ValuePart
from settlement.decision.views import FullView, OfferPriced, OptionPriced
from settlement.money import Money

RULER = 20
POINTS = ("floor", "base", "balance_point", "opening", "ceiling")


def print_decision(answer: Answer, language: str) -> None:
    """The page on stdout, as wide as the terminal, without colours where it is piped."""
    print_parts(DecisionPage(answer, Labels(language)).parts())


class DecisionPage:
    """The parts of the page, from what matters first to what proves it."""

    def __init__(self, answer: Answer, labels: Labels) -> None:
        self.answer, self.labels = answer, labels
        self.view: FullView = answer.view
        self.phrases = answer.phrases

    def parts(self) -> Iterator[RenderableType]:
        yield from self._head()
        yield from self._owed()
        yield from self._range()
        yield from self._offers()
        yield from self._approval()
        yield from self._talk()
        yield from self._clocks()
        yield from self._value()
        yield from self._sums()
        yield from self._reasons()
        yield from self._warnings()

    def _heading(self, code: str, *values: object) -> Text:
        return heading(self.labels("heading", code, *values))

    def _columns(self, *codes: str) -> list[str]:
        return [self.labels("column", code) if code else "" for code in codes]

    def _level(self, level: str) -> str:
        return self.phrases.name(f"level.{level}")

    def _head(self) -> Iterator[RenderableType]:
        view, line = self.view, self.labels
        case = line("line", "case", printable(self.answer.case_id))
        yield Text(f"{case} · {line('kind', view.kind)} · {line('priority', view.priority)}", style="bold")
        yield Text(
            " · ".join(
                (
                    line("line", "severity", view.severity.grade, view.severity.text),
                    line("line", "liability", percent(view.liability)),
                    line("line", "lead", self.phrases.name(f"lead.{view.lead}")),
                )
            )
        )
        title = self.answer.titles[view.policy.id]
        recorded = line("line", "recorded", view.decision) if view.decision else line("line", "not_recorded")
        yield Text(f"{line('line', 'policy', title, view.policy.edition)} · {recorded}", style="dim")
        if view.as_of:
            yield Text(line("line", "as_of", view.as_of), style="bold")

    def _owed(self) -> Iterator[RenderableType]:
        view = self.view
        yield self._heading("owed")
        if view.owed:
            table = grid(*self._columns("what", "amount", "form", "from"), right=(1,))
            for owed in view.owed:
                form = self.labels("owed_in", owed.owed_in)
                table.add_row(
                    self.labels("head", owed.head), str(owed.amount), form, self._source(owed.from_)
                )
            if len(view.owed) > 1:
                table.add_section()
                table.add_row(self.labels("line", "total"), str(view.range and view.range.floor), "", "")
            yield indented(table)
        else:
            yield bullets([self.labels("line", "nothing_owed")])
        if view.packs:
            yield self._heading("packs")
            yield indented(self._packs())

    def _packs(self) -> Table:
        table = grid(*self._columns("pack", "answer", ""), right=(1,))
        for pack in self.view.packs:
            told = str(pack.amount) if pack.amount is not None else self.labels("line", "no_answer")
            weight = self.labels("line", "binds" if pack.binds else "informs")
            table.add_row(f"{self.answer.titles[pack.id]} ({pack.edition})", told, weight)
        return table

    def _source(self, source: str) -> str:
        return self.answer.titles.get(source) or self.labels("source", printable(source))

    def _range(self) -> Iterator[RenderableType]:
        found = self.view.range
        if found is None or not found.ceiling:
            return
        yield self._heading("range")
        table = grid(*self._columns("point", "amount", "where", "meaning"), right=(1,), fixed=(2,))
        for point in POINTS:
            amount: Money = getattr(found, point)
            table.add_row(
                self.labels("quantity", point),
                str(amount),
                ruler(amount.minor, found.floor.minor, found.ceiling.minor),
                self.labels("range", point),
            )
        yield indented(table)

    def _offers(self) -> Iterator[RenderableType]:
        view = self.view
        if not view.offers:
            yield self._heading("nothing")
            yield bullets([self.labels("line", "no_offer")])
        elif not any(offer.options for offer in view.offers):
            yield self._heading("nothing")
            yield bullets([self.phrases.own("reason", "nothing_to_pay")])
        for offer in view.offers:
            if offer.options:
                yield from self._menu(offer)
        if view.gift:
            yield self._heading("gift", f"{view.gift.name} {view.gift.face}")
        if view.offers:
            yield from self._besides(view.offers[0])

    def _menu(self, offer: OfferPriced) -> Iterator[RenderableType]:
        yield self._heading(offer.rung, offer.amount)
        yield Text(f"  {self.labels('line', 'may_grant', self._level(offer.approval))}", style="dim")
        table = grid("", *self._columns("cash", "parts", "ready", "cost"), right=(0, 1, 4))
        for option in offer.options:
            cost, ready = str(option.cost), moment(option.ready_by) or self.labels("line", "open")
            table.add_row(str(option.id), str(option.cash), self._parts(option), ready, cost)
        yield indented(table)

    def _parts(self, option: OptionPriced) -> str:
        parts = (
            f"{part.name} {part.face}" + (f" × {part.quantity}" if part.quantity > 1 else "")
            for part in option.parts
        )
        return "\n+ ".join(parts) or "—"

    def _besides(self, offer: OfferPriced) -> Iterator[RenderableType]:
        for name, said in (("gestures", offer.gestures), ("prevention", offer.prevention)):
            if said:
                yield self._heading(name)
                yield bullets(each.text for each in said)

    def _approval(self) -> Iterator[RenderableType]:
        approval = self.view.approval
        yield self._heading("approval")
        level = self.labels("line", "level", self._level(approval.level))
        yield bullets([level, *(reason.text for reason in approval.reasons)])

    def _talk(self) -> Iterator[RenderableType]:
        advice = self.view.advice
        for name, codes in (("say", advice.say), ("ask", advice.ask_in_return)):
            if codes:
                yield self._heading(name)
                yield bullets((advice.texts[code] for code in codes), numbered=True)

    def _clocks(self) -> Iterator[RenderableType]:
        if not self.view.clocks:
            return
        yield self._heading("clocks")
        table = grid(*self._columns("what", "limit", "due"))
        for clock in self.view.clocks:
            due = moment(clock.due) or self.labels("line", "open")
            table.add_row(clock.text, self.labels.duration(clock.limit), due)
        yield indented(table)
        zones = {clock.due.isoformat()[-6:] for clock in self.view.clocks if clock.due}
        if zones:
            yield Text(f"  {self.labels('line', 'zone', self.labels.listed(sorted(zones)))}", style="dim")

    def _value(self) -> Iterator[RenderableType]:
        value = self.view.value
        if value is None:
            return
        yield self._heading("value")
        table = grid(*self._columns("what", "amount", "known"), right=(1,))
        for name, part in (
            ("past", value.past),
            ("lifetime", value.lifetime),
            ("influence", value.influence),
        ):
            amount = f"{part.amount} {part.currency}" if part else "—"
            table.add_row(self.labels("value", name), amount, self._known_from(part))
        yield indented(table)
        yield Text(f"  {self.labels('line', 'retention', percent(value.retention))}", style="dim")

    def _known_from(self, part: ValuePart | None) -> str:
        if part is None:
            return self.labels("line", "no_past")
        told = [self._source(part.source)]
        if part.as_of:
            told.append(self.labels("line", "as_of_day", part.as_of))
        told.append(self.labels("line", "confidence", self.labels("confidence", part.confidence)))
        if part.caps:
            caps = self.labels.listed([self.labels("cap", cap) for cap in part.caps])
            told.append(self.labels("line", "caps", caps))
        return self.labels.clauses(told)

    def _sums(self) -> Iterator[RenderableType]:
        if not self.view.trace.sums:
            return
        yield self._heading("sums")
        table = grid(*self._columns("what", "how", "amount"), right=(2,))
        for each in self.view.trace.sums:
            table.add_row(self.labels("quantity", each.name), self._how(each), str(each.amount))
        yield indented(table)

    def _how(self, each: Sum) -> Text:
        operands = self.labels.listed([f"{self._operand(n)} {value}" for n, value in each.operands.items()])
        how = Text(self.labels("formula", each.formula))
        return how.append(f"\n{operands}", style="dim") if operands else how

    def _operand(self, name: str) -> str:
        head, is_owed, source = name.partition(" from ")
        if is_owed:
            return self.labels("line", "from", self.labels("head", head), self._source(source))
        return self.labels("quantity", name)

    def _reasons(self) -> Iterator[RenderableType]:
        yield self._heading("reasons")
        yield bullets(
            Text(reason.text).append(f"  {reason.table}.{reason.row}" if reason.row else "", style="dim")
            for reason in self.view.reasons
        )

    def _warnings(self) -> Iterator[RenderableType]:
        if self.view.warnings:
            yield self._heading("warnings")
            yield bullets(warning.text for warning in self.view.warnings)


def ruler(amount: int, floor: int, ceiling: int) -> str:
    """Where an amount lies between floor and ceiling."""
    at = (amount - floor) * (RULER - 1) // (ceiling - floor) if ceiling > floor else 0
    return "─" * at + "●" + "─" * (RULER - 1 - at)


def moment(when: datetime | None) -> str:
    """A moment to the minute; the end of a day as the day."""
    if when is None:
        return ""
    return f"{when:%Y-%m-%d}" if (when.hour, when.minute) == (23, 59) else f"{when:%Y-%m-%d %H:%M}"
