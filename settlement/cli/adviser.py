"""What the local person at the command line is told: a director's word, an auditor's view."""

from dataclasses import dataclass
from datetime import date

from settlement.cli.database import faults_told
from settlement.complaint import Complaint, read_complaint
from settlement.decision.answer import Decision
from settlement.decision.phrases import Phrases
from settlement.decision.views import FullView, full_view
from settlement.desk.records import phrases_for
from settlement.desk.sitting import Sitting
from settlement.desk.suggestions import advise, suggest, try_as_of
from settlement.roles import Actor, Role
from settlement.rules.library import Books
from settlement.store.database import Database

LOCAL = Actor("local", Role.DIRECTOR)


@dataclass(frozen=True, slots=True)
class Answer:
    """A decision as it is shown, the case it is for, and the texts for it."""

    case_id: str
    view: FullView
    phrases: Phrases
    titles: dict[str, str]

    def as_line(self) -> str:
        return self.view.model_dump_json(by_alias=True)


@dataclass(frozen=True, slots=True)
class Adviser:
    """Answers complaints. With a database each is recorded; with a day that day's rules are tried."""

    books: Books
    language: str
    as_of: date | None = None
    database: Database | None = None

    def answer(self, raw: bytes) -> Answer:
        """One complaint from JSON. Raises BadInput with every fault, CannotDecide, EnginesDisagree."""
        complaint = read_complaint(raw)
        recorded_as, decision = self._decided(complaint)
        view = full_view(recorded_as, decision, phrases := self._phrases(decision), self.as_of)
        return Answer(complaint.case.id, view, phrases, self._titles(decision))

    def _decided(self, complaint: Complaint) -> tuple[str | None, Decision]:
        if self.as_of is not None:
            return None, try_as_of(self.books, complaint, Role.AUDITOR, self.as_of)
        if self.database is None:
            return None, advise(self.books, complaint, LOCAL.role).decision
        with faults_told(), self.database.transaction() as tx:
            advised = suggest(Sitting.begin(tx, self.books, LOCAL), complaint)
        assert advised.record is not None
        return advised.record.id, advised.decision

    def _phrases(self, decision: Decision) -> Phrases:
        return phrases_for(decision, self.books, self.language)

    def _titles(self, decision: Decision) -> dict[str, str]:
        """The books of a decision by their titles."""
        editions = [self.books.by_digest(book.digest).edition for book in (decision.policy, *decision.packs)]
        return {edition.id: edition.title.in_language(self.language) for edition in editions}
