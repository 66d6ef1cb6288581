"""Checking rule books, on the shelf and elsewhere, and releasing one."""

import shutil
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from settlement.cli.problems import sound_alarm
from settlement.errors import BadBook, EnginesDisagree, Fault
from settlement.rules.book import Edition
from settlement.rules.evaluate import LiveEdition
from settlement.rules.examples import example_faults
from settlement.rules.library import (
    FOLDERS,
    LOCK,
    SHELF,
    edition_files,
    load_books,
    read_edition_file,
    release,
)


@dataclass(frozen=True, slots=True)
class Checked:
    """One file and everything that is wrong with it; the edition where it could be read."""

    name: str
    edition: Edition | None
    faults: tuple[Fault, ...] = ()


def check_file(path: Path, shelf: Path = SHELF) -> Checked:
    """One file, read and its examples run."""
    shelved = place_on(shelf, path)
    name = str(shelved.relative_to(shelf)) if shelved else str(path)
    try:
        edition = read_edition_file(shelved or path, shelf)
    except BadBook as bad:
        return Checked(name, None, bad.faults)
    return Checked(name, edition, tuple(_example_faults(edition)))


def check_shelf(shelf: Path = SHELF) -> list[Checked]:
    """Every file of the shelf, then what is wrong with the whole: its lock, editions that clash."""
    checked = [check_file(path, shelf) for path in edition_files(shelf)]
    known = {fault for each in checked for fault in each.faults}
    try:
        load_books(shelf)
    except BadBook as bad:
        if faults := tuple(fault for fault in bad.faults if fault not in known):
            checked.append(Checked(LOCK, None, faults))
    return checked


def lock_edition(path: Path, shelf: Path = SHELF) -> tuple[Edition, bool]:
    """Release an edition of the shelf; False where it was released before.

    Raises BadBook for faults, failing examples, and a lock with which the shelf could not be loaded.
    """
    shelved = place_on(shelf, path)
    if shelved is None:
        folders = " or ".join(f"{shelf}/{folder}/BOOK/EDITION.toml" for folder in FOLDERS.values())
        raise BadBook([Fault(str(path), "is not on the shelf of rule books", f"put it at {folders}")])
    checked = check_file(shelved, shelf)
    if checked.edition is None or checked.faults:
        raise BadBook(checked.faults)
    _rehearse(checked.edition, shelf)
    return checked.edition, release(checked.edition, shelf)


def _rehearse(edition: Edition, shelf: Path) -> None:
    """Release it on a copy first, so that no moment has a lock that the service refuses."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "shelf"
        for name in FOLDERS.values():
            if (shelf / name).is_dir():
                shutil.copytree(shelf / name, copy / name)
        if (shelf / LOCK).exists():
            shutil.copy(shelf / LOCK, copy / LOCK)
        release(edition, copy)
        load_books(copy)


def place_on(shelf: Path, path: Path) -> Path | None:
    """A file as the shelf names it; None where it lies elsewhere."""
    resolved = path.expanduser().resolve()
    if not resolved.is_relative_to(shelf.resolve()):
        return None
    return shelf / resolved.relative_to(shelf.resolve())


def _example_faults(edition: Edition) -> Iterable[Fault]:
    live = LiveEdition(edition)
    try:
        return example_faults(live)
    except EnginesDisagree as difference:
        sound_alarm(difference)
        return [Fault(edition.file, str(difference), "tell whoever maintains the program: do not release it")]
    finally:
        live.retire()
