"""How a database gets its tables: Alembic, run from here; nobody needs an alembic.ini.

A new revision is a file in `versions/`. It spells its change out and never imports tables.py, which moves on.
The caller's transaction holds the whole run: when one revision fails, all of them are undone.
"""

from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

NEWEST = "head"
NOTHING = "base"
TABLE = "alembic_version"
"""Where the revision of a database stands."""


def upgrade(tx: Connection, to: str = NEWEST) -> None:
    """Bring the tables forward to a revision."""
    command.upgrade(_config(tx), to)


def downgrade(tx: Connection, to: str) -> None:
    """Take the tables back to a revision. What only later ones hold is lost."""
    command.downgrade(_config(tx), to)


def revision_of(tx: Connection) -> str | None:
    """The revision of a database; None when it has none of our tables."""
    return MigrationContext.configure(tx).get_current_revision()


@cache
def revisions() -> tuple[str, ...]:
    """Every revision that this version knows, newest first."""
    scripts = ScriptDirectory.from_config(_config())
    return tuple(script.revision for script in scripts.walk_revisions())


def _config(tx: Connection | None = None) -> Config:
    config = Config(attributes={"connection": tx})
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    return config
