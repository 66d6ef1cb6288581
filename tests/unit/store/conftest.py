"""A database in the hands of its owner."""

from collections.abc import Iterator

import pytest

from settlement.store.database import Database


@pytest.fixture
def owned(owner_url: str) -> Iterator[Database]:
    """A database with all tables, opened by the one to whom they belong."""
    with Database.open(owner_url) as database:
        yield database


@pytest.fixture
def empty(empty_url: str) -> Iterator[Database]:
    """A database without tables."""
    with Database.open(empty_url) as database:
        yield database
