"""Bad books and what people read about them, word for word. Written anew by running this file."""

from pathlib import Path

import pytest

from settlement.errors import BadBook
from settlement.rules.reading import read_edition

FOLDER = Path(__file__).resolve().parent / "errors"
FILES = sorted(FOLDER.glob("*.toml"))


def told(file: Path) -> str:
    """Everything the reader says about a bad book."""
    try:
        read_edition(file.read_text("utf-8"), file.name)
    except BadBook as refused:
        return f"{refused}\n"
    return "nothing\n"


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_bad_book_is_told_word_for_word(file):
    assert told(file) == file.with_suffix(".txt").read_text("utf-8")


if __name__ == "__main__":
    for bad in FILES:
        bad.with_suffix(".txt").write_text(told(bad), "utf-8")
