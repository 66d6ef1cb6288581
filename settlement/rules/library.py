"""The shelf of rule books: every edition, which are released, and which is in force on a day.

A released edition stands in the lock file with its digest and never changes again; any other
edition is a draft, which can be read, checked and tried, but cannot decide.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from settlement.errors import BadBook, CannotDecide, Fault, NotFound
from settlement.rules.book import BookKind, Edition
from settlement.rules.evaluate import LiveEdition
from settlement.rules.reading import read_edition

SHELF = Path(__file__).parent
FOLDERS = {BookKind.PACK: "packs", BookKind.POLICY: "policies"}
LOCK = "editions.lock"
_DIGEST = re.compile(r"[0-9a-f]{64}", re.ASCII)


class NoEditionInForce(CannotDecide):
    """No released edition of a book covers the day."""


@dataclass(frozen=True, slots=True)
class Release:
    """One line of the lock file."""

    book: str
    edition: str
    digest: str

    def __str__(self) -> str:
        return f"{self.book} {self.edition} {self.digest}"


class Books:
    """Every edition on the shelf, ready to run. Engines are built when an edition first decides."""

    def __init__(
        self, editions: Iterable[Edition], releases: Iterable[Release], left_out: Iterable[Fault] = ()
    ) -> None:
        self.editions = tuple(sorted(editions, key=lambda e: (e.kind, e.id, e.effective_from, e.edition)))
        self.released = frozenset((release.book, release.digest) for release in releases)
        self.left_out = tuple(left_out)
        """Faults of drafts that could not be read."""
        self._live: dict[str, LiveEdition] = {}

    def of(self, book: str) -> tuple[Edition, ...]:
        """Every edition of a book, oldest first. Raises NotFound."""
        found = tuple(edition for edition in self.editions if edition.id == book)
        if not found:
            raise NotFound(
                f"no book {book!r}; the books are {', '.join(sorted({e.id for e in self.editions}))}"
            )
        return found

    def is_released(self, edition: Edition) -> bool:
        return (edition.id, edition.digest) in self.released

    def live(self, edition: Edition) -> LiveEdition:
        """The edition, ready to run; one for each digest."""
        return self._live.setdefault(edition.digest, self._live.get(edition.digest) or LiveEdition(edition))

    def by_digest(self, digest: str) -> LiveEdition:
        """The edition that a record names. Raises NotFound."""
        for edition in self.editions:
            if edition.digest == digest:
                return self.live(edition)
        raise NotFound(
            f"no edition with the digest {digest[:12]}… is on the shelf; books of a record are never removed"
        )

    def policy_for(self, policy: str | None, day: date) -> LiveEdition:
        """The policy edition that judges a complaint received on `day`.

        Without a name, the only policy in force. Raises NotFound, NoEditionInForce.
        """
        names = [policy] if policy else self.policies_in_force(day)
        if len(names) != 1:
            in_force = ", ".join(names) or "none"
            raise NoEditionInForce(f"name the policy: in force on {day} are {in_force}")
        if any(edition.kind is not BookKind.POLICY for edition in self.of(names[0])):
            raise NotFound(
                f"{names[0]!r} is a pack, not a policy; the policies are {', '.join(self.policies())}"
            )
        started = [e for e in self.of(names[0]) if self.is_released(e) and e.effective_from <= day]
        if not started:
            raise NoEditionInForce(f"no released edition of {names[0]} is in force on {day}")
        return self.live(started[-1])

    def policies(self) -> list[str]:
        return sorted({edition.id for edition in self.editions if edition.kind is BookKind.POLICY})

    def policies_in_force(self, day: date) -> list[str]:
        """Policies with a released edition that has begun by `day`."""
        begun = (e for e in self.editions if e.effective_from <= day and self.is_released(e))
        return sorted({edition.id for edition in begun if edition.kind is BookKind.POLICY})

    def pack(self, pack: str) -> LiveEdition:
        """The newest released edition of a pack. Raises NotFound, NoEditionInForce."""
        editions = self.of(pack)
        if any(edition.kind is not BookKind.PACK for edition in editions):
            packs = ", ".join(sorted({e.id for e in self.editions if e.kind is BookKind.PACK}))
            raise NotFound(f"{pack!r} is a policy, not a pack; the packs are {packs}")
        released = [edition for edition in editions if self.is_released(edition)]
        if not released:
            raise NoEditionInForce(f"no edition of {pack} is released yet")
        return self.live(released[-1])

    def latched(self) -> Mapping[str, str]:
        """Editions latched off in this process, by book and edition, with the reason."""
        live = [edition for edition in list(self._live.values()) if edition.latched]
        return {f"{edition.edition.id} {edition.edition.edition}": str(edition.latched) for edition in live}


def load_books(shelf: Path = SHELF) -> Books:
    """Read every edition on the shelf and hold it to the lock. Raises BadBook with every fault.

    A draft that cannot be read yet stops nobody: it is left out, and its faults are kept.
    """
    editions: list[Edition] = []
    faults: list[Fault] = []
    left_out: list[Fault] = []
    releases: tuple[Release, ...] = ()
    try:
        releases = read_lock(shelf)
    except BadBook as bad:
        faults += bad.faults
    released = {(each.book, each.edition) for each in releases}
    for path in edition_files(shelf):
        try:
            editions.append(read_edition_file(path, shelf))
        except BadBook as bad:
            in_place = len(path.relative_to(shelf).parts) == len(("FOLDER", "BOOK", "EDITION.toml"))
            is_draft = in_place and (path.parent.name, path.stem) not in released
            (left_out if is_draft else faults).extend(bad.faults)
    faults += lock_faults(editions, releases)
    faults += _doubled(editions, {(each.book, each.digest) for each in releases})
    if faults:
        raise BadBook([*faults, *left_out])
    return Books(editions, releases, left_out)


def edition_files(shelf: Path) -> list[Path]:
    return sorted(path for folder in FOLDERS.values() for path in (shelf / folder).rglob("*.toml"))


def read_edition_file(path: Path, shelf: Path = SHELF) -> Edition:
    """Read one file. On the shelf it lies at FOLDER/BOOK/EDITION.toml. Raises BadBook."""
    is_shelved = path.is_relative_to(shelf)
    name = str(path.relative_to(shelf)) if is_shelved else str(path)
    edition = read_edition(_read_text(path, name), name)
    place = Path(FOLDERS[edition.kind]) / edition.id / f"{edition.edition}.toml"
    if is_shelved and path != shelf / place:
        remedy = f"write its own edition name, or move it to {place}"
        raise BadBook([Fault(name, f"holds {edition.id} {edition.edition}", remedy)])
    return edition


def _read_text(path: Path, name: str) -> str:
    try:
        return path.read_text("utf-8")
    except UnicodeDecodeError:
        raise BadBook([Fault(name, "is not UTF-8 text", "save it as UTF-8")]) from None
    except (OSError, ValueError) as error:  # ValueError: a name that no file can have
        problem = f"cannot be read: {error.strerror if isinstance(error, OSError) else error}"
        raise BadBook([Fault(name, problem, "check the path")]) from None


def read_lock(shelf: Path = SHELF) -> tuple[Release, ...]:
    """The released editions, as the lock file lists them. Raises BadBook with every line that is none."""
    path = shelf / LOCK
    releases, faults = [], []
    for number, line in enumerate(_read_text(path, LOCK).splitlines() if path.exists() else [], 1):
        if not line.strip() or line.startswith("#"):
            continue
        parts = line.split()
        if len(parts) == 3 and _DIGEST.fullmatch(parts[2]):
            releases.append(Release(*parts))
        else:
            faults.append(Fault(f"{LOCK}, line {number}", "is no release", "write: book edition digest"))
    if faults:
        raise BadBook(faults)
    return tuple(releases)


def lock_faults(editions: Iterable[Edition], releases: Iterable[Release]) -> Iterator[Fault]:
    """Released editions that changed or went missing."""
    by_name = {(edition.id, edition.edition): edition for edition in editions}
    for release in releases:
        edition = by_name.get((release.book, release.edition))
        place = f"{LOCK}: {release.book} {release.edition}"
        if edition is None:
            yield Fault(
                place, "is released, but its file is missing or unreadable", "put the file back as it was"
            )
        elif edition.digest != release.digest:
            remedy = "put it back as it was, and write the change as a new edition"
            yield Fault(place, "is released, but its file has changed", remedy)


def _doubled(editions: Iterable[Edition], released: set[tuple[str, str]]) -> Iterator[Fault]:
    """Two released editions of one book that begin on the same day: neither would be in force."""
    seen: dict[tuple[str, date], str] = {}
    for edition in editions:
        key = (edition.id, edition.effective_from)
        if (edition.id, edition.digest) in released:
            if key in seen:
                yield Fault(edition.file, f"begins on the same day as {seen[key]}", "give it its own day")
            seen[key] = edition.file


def release(edition: Edition, shelf: Path = SHELF) -> bool:
    """Write an edition into the lock; False if it stands there already. Raises BadBook if it changed."""
    new = Release(edition.id, edition.edition, edition.digest)
    releases = read_lock(shelf)
    if faults := list(
        lock_faults([edition], [r for r in releases if (r.book, r.edition) == (new.book, new.edition)])
    ):
        raise BadBook(faults)
    if new in releases:
        return False
    lines = ["# Released editions: book, edition, digest. Written by `settlement policy lock`; never edited."]
    lines += sorted(str(each) for each in (*releases, new))
    (shelf / LOCK).write_text("\n".join(lines) + "\n", "utf-8")
    return True
