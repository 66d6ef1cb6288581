"""The triggers that keep records append-only, on both databases.

On SQLite, REPLACE and upsert delete or change rows without asking UPDATE and DELETE triggers, so every
INSERT must prove that it adds a new row. An Alembic batch rebuilds a table and drops its triggers: a
migration that uses one puts them up again.
"""

from sqlalchemy import Connection, inspect, text

from settlement.errors import BadInput, Fault

_REFUSAL = "settlement_refuse"

_LAST_HASH = "coalesce((SELECT hash FROM audit ORDER BY seq DESC LIMIT 1), '')"
_CONDITIONS = (
    # trigger, before what, on which table, what must hold, and why
    (
        "decisions_next",
        "INSERT",
        "decisions",
        "NEW.position = (SELECT coalesce(max(position), 0) + 1 FROM decisions)",
        "not the next decision",
    ),
    (
        "audit_link",
        "INSERT",
        "audit",
        f"NEW.seq = (SELECT coalesce(max(seq), 0) + 1 FROM audit) AND NEW.prev = {_LAST_HASH}",
        "not the next link",
    ),
    (
        "audit_head_follows",
        "UPDATE",
        "audit_head",
        f"NEW.count = (SELECT coalesce(max(seq), 0) FROM audit) AND NEW.last_hash = {_LAST_HASH}",
        "the head of the log names its last entry",
    ),
)


def install(connection: Connection) -> None:
    """Put up the guards of decisions, of the audit log and of its head."""
    if connection.dialect.name == "postgresql":
        _run(connection, _function(connection, _REFUSAL, _raise("TG_ARGV[0]")))
    protect(connection, "decisions", ("id",), "a decision is never changed")
    protect(connection, "audit", ("seq",), "an audit entry is never changed")
    _refuse(connection, "audit_head", ("INSERT", "DELETE"), "the log has one head")
    for condition in _CONDITIONS:
        _require(connection, *condition)


def uninstall(connection: Connection) -> None:
    """Take away what is left of the guards when their tables are gone."""
    if connection.dialect.name == "postgresql":
        for name in (_REFUSAL, *(condition[0] for condition in _CONDITIONS)):
            _run(connection, f"DROP FUNCTION {name}()")


def protect(connection: Connection, table: str, key: tuple[str, ...], because: str) -> None:
    """Let rows be added to a table, once for each `key`, and never be changed or removed."""
    _refuse(connection, table, ("UPDATE", "DELETE"), because)
    if connection.dialect.name == "sqlite":
        same = " AND ".join(f"{column} = NEW.{column}" for column in key)
        once = f"NOT EXISTS (SELECT 1 FROM {table} WHERE {same})"
        _require(connection, f"{table}_once", "INSERT", table, once, because)


CHANGED = {
    "approvals": ("UPDATE",),
    "audit_head": ("UPDATE",),
    "cases": ("UPDATE",),
    "clocks": ("UPDATE",),
    "commitments": ("UPDATE", "DELETE"),
    "delegations": ("UPDATE",),
    "idempotency": ("UPDATE", "DELETE"),
    "identities": ("DELETE",),
    "private_texts": ("DELETE",),
    "promises": ("UPDATE",),
    "tokens": ("UPDATE",),
    "users": ("UPDATE",),
}
"""What the service may do on PostgreSQL to rows that are there; elsewhere it only reads and adds."""

_READ_ONLY = "alembic_version"
"""The one table to which the service adds nothing."""


def grant(connection: Connection, role: str) -> None:
    """Let a PostgreSQL role do the service's work and nothing else. Raises BadInput for the owner itself."""
    if connection.dialect.name != "postgresql":
        raise BadInput([Fault(f"role {role}", "only PostgreSQL has roles", "leave it out")])
    named = connection.dialect.identifier_preparer.quote_identifier(role)
    owns = text("SELECT pg_has_role(:role, current_user, 'MEMBER')")
    if connection.execute(owns, {"role": role}).scalar_one():
        problem = "owns the tables or may do everything, so it could take the triggers away"
        raise BadInput([Fault(f"role {role}", problem, "grant to another role, without rights of its own")])
    _run(connection, f"GRANT USAGE ON SCHEMA {_schema(connection)} TO {named}")
    for table in inspect(connection).get_table_names():
        more = () if table == _READ_ONLY else ("INSERT", *CHANGED.get(table, ()))
        may = ", ".join(("SELECT", *more))
        _run(connection, f"REVOKE ALL ON {table} FROM {named}", f"GRANT {may} ON {table} TO {named}")


def _refuse(connection: Connection, table: str, what: tuple[str, ...], because: str) -> None:
    """Refuse something always; on PostgreSQL, TRUNCATE with it."""
    if connection.dialect.name == "sqlite":
        for verb in what:
            _require(connection, f"{table}_{verb.lower()}", verb, table, "FALSE", because)
        return
    verbs = " OR ".join((*what, "TRUNCATE"))
    _run(
        connection,
        f"CREATE TRIGGER {table}_kept BEFORE {verbs} ON {table} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION {_REFUSAL}({_quoted(because)})",
        f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_kept",
    )


def _require(connection: Connection, name: str, verb: str, table: str, condition: str, because: str) -> None:
    """Refuse a change of a row unless a condition holds."""
    refused = f"({condition}) IS NOT TRUE"
    if connection.dialect.name == "sqlite":
        trigger = f"CREATE TRIGGER {name} BEFORE {verb} ON {table} WHEN {refused}"
        _run(connection, f"{trigger} BEGIN SELECT RAISE(ABORT, {_quoted(because)}); END")
        return
    body = f"IF {refused} THEN {_raise(_quoted(because))} END IF; RETURN NEW;"
    _run(
        connection,
        _function(connection, name, body),
        f"CREATE TRIGGER {name} BEFORE {verb} ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()",
        f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}",
    )


def _raise(message: str) -> str:
    return f"RAISE EXCEPTION USING MESSAGE = {message}, ERRCODE = 'integrity_constraint_violation';"


def _function(connection: Connection, name: str, body: str) -> str:
    """A trigger function that reads our own tables, not temporary ones that somebody named like them."""
    return (
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql "
        f"SET search_path = {_schema(connection)}, pg_temp AS $$ BEGIN {body} END $$"
    )


def _schema(connection: Connection) -> str:
    return str(connection.exec_driver_sql("SELECT quote_ident(current_schema())").scalar_one())


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _run(connection: Connection, *statements: str) -> None:
    for statement in statements:
        connection.exec_driver_sql(statement)
