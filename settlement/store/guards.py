"""The triggers that keep `decisions` and `audit` append-only, by dialect.

On SQLite, REPLACE and upsert delete or change rows without asking UPDATE and DELETE triggers, so every
INSERT must prove that it adds the next row. An Alembic batch rebuilds a table and drops its triggers:
a migration that uses one calls `install` again.
"""

from sqlalchemy import Connection


def install(connection: Connection) -> None:
    """Put up every guard."""
    for statement in GUARDS[connection.dialect.name]:
        connection.exec_driver_sql(statement)


def _refuse(name: str, what: str, table: str, *, unless: str = "", because: str) -> str:
    """A SQLite trigger that refuses `what` on a table unless a condition holds."""
    when = f" WHEN NOT ({unless})" if unless else ""
    return f"CREATE TRIGGER {name} BEFORE {what} ON {table}{when} BEGIN SELECT RAISE(ABORT, '{because}'); END"


GUARDS = {
    "sqlite": (
        _refuse("decisions_update", "UPDATE", "decisions", because="a decision is never changed"),
        _refuse("decisions_delete", "DELETE", "decisions", because="a decision is never removed"),
        _refuse(
            "decisions_next",
            "INSERT",
            "decisions",
            unless="NEW.position IS (SELECT coalesce(max(position), 0) + 1 FROM decisions)"
            " AND NOT EXISTS (SELECT 1 FROM decisions WHERE id = NEW.id)",
            because="not the next decision",
        ),
        _refuse("audit_update", "UPDATE", "audit", because="an audit entry is never changed"),
        _refuse("audit_delete", "DELETE", "audit", because="an audit entry is never removed"),
        _refuse(
            "audit_link",
            "INSERT",
            "audit",
            unless="NEW.seq IS (SELECT coalesce(max(seq), 0) + 1 FROM audit)"
            " AND NEW.prev IS coalesce((SELECT hash FROM audit ORDER BY seq DESC LIMIT 1), '')",
            because="not the next link",
        ),
        _refuse(
            "audit_head_follows",
            "UPDATE",
            "audit_head",
            unless="NEW.count IS (SELECT coalesce(max(seq), 0) FROM audit)"
            " AND NEW.last_hash IS coalesce((SELECT hash FROM audit ORDER BY seq DESC LIMIT 1), '')",
            because="the head of the log names its last entry",
        ),
        _refuse("audit_head_delete", "DELETE", "audit_head", because="the head of the log is never removed"),
        _refuse("audit_head_insert", "INSERT", "audit_head", because="the log has one head"),
    ),
}
