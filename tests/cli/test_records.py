"""init, advise --record, replay, audit verify and token create on one database."""

import json
import re
import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import pytest

from settlement.desk.tokens import token_for
from settlement.roles import Actor, Role
from settlement.store.database import Database


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "deep" / "records.sqlite3"


def entries_of(file: Path) -> list[tuple[str, str, str]]:
    connection = sqlite3.connect(file)
    try:
        return connection.execute("SELECT event, actor, role FROM audit ORDER BY seq").fetchall()
    finally:
        connection.close()


def test_a_record_is_written_replayed_and_verified(run, example, read_lines, file):
    lines = [example(case_id="C-1"), "nonsense", example("smart_watch", case_id="C-2")]
    result = run("advise", "-", "--record", "--database", file, input=lines)
    first, error, second = read_lines(result)
    assert result.exit_code == 1
    assert error["id"] is None
    ids = [first["decision"], second["decision"]]
    assert all(re.fullmatch("d-[0-9a-z]{16}", each) for each in ids)
    written = entries_of(file)
    assert written == [("decision_recorded", "local", "director")] * 2

    verified = run("audit", "verify", "--database", f"sqlite:///{file}")
    head = re.fullmatch(r"2 entries, head ([0-9a-f]{64}): whole\n", verified.stdout)
    assert head
    assert run("audit", "verify", "--database", file, "--head", head[1]).exit_code == 0
    assert run("replay", ids[0], "--database", file).stdout == "1 decision replayed, 0 differ\n"
    assert run("replay", "--all", "--database", file).stdout == "2 decisions replayed, 0 differ\n"
    assert run("policy", "show", "retail-cn").exit_code == 0
    assert entries_of(file) == written


def test_a_page_names_the_record(run, file):
    example = Path(__file__).resolve().parents[2] / "examples" / "ordinary_customer.json"
    result = run("advise", example, "--record", "--database", file)
    assert re.search(r"Recorded as d-[0-9a-z]{16}", result.stdout)


def test_what_was_tampered_with_is_found(run, example, database_file, tamper):
    run("advise", "-", "--record", "--database", database_file, input=[example(), example("face_only")])
    tamper("UPDATE decisions SET output = replace(output, '291.39', '991.39')")
    verified = run("audit", "verify", "--database", database_file)
    assert verified.exit_code == 1
    assert "was changed after it was recorded" in verified.stdout
    assert "NOT whole, 1 finding" in verified.stdout
    replayed = run("replay", "--all", "--database", database_file)
    assert replayed.exit_code == 1
    assert replayed.stdout.splitlines()[-1] == "2 decisions replayed, 1 differ"
    assert len(replayed.stdout.splitlines()) == 2


def test_a_head_that_no_entry_has_is_a_finding(run, database_file):
    result = run("audit", "verify", "--database", database_file, "--head", "0" * 64)
    assert result.exit_code == 1
    assert "rewritten or cut" in result.stdout
    assert run("audit", "verify", "--database", database_file).stdout == "0 entries, head none: whole\n"


@pytest.mark.parametrize("head", ["abc123", "g" * 64, "0" * 63, "0" * 65, ""])
def test_a_head_that_is_no_whole_hash_is_refused(run, database_file, head):
    assert run("audit", "verify", "--database", database_file, "--head", head).exit_code == 2


@pytest.mark.parametrize("arguments", [(), ("d-1", "--all")])
def test_replay_wants_one_id_or_all(run, arguments):
    result = run("replay", *arguments)
    assert result.exit_code == 2
    assert "--all" in result.stderr


def test_an_id_that_is_none_is_told(run, database_file):
    result = run("replay", "d-0000000000000000", "--database", database_file)
    assert result.exit_code == 2
    assert "no decision" in result.stderr


@pytest.mark.parametrize("command", [("replay", "--all"), ("audit", "verify")])
def test_reading_makes_no_new_file(run, file, command):
    result = run(*command, "--database", file)
    assert result.exit_code == 2
    assert "there is none" in result.stderr
    assert not file.exists()


def test_a_file_that_is_no_database_is_told_without_a_traceback(script, tmp_path):
    file = tmp_path / "letter.txt"
    file.write_text("Dear customer, " * 100, "utf-8")
    done = script("audit", "verify", "--database", file)
    assert done.returncode == 2
    assert b"not a database" in done.stderr
    assert b"Traceback" not in done.stderr


def test_a_log_broken_from_outside_refuses_records_line_by_line(
    run, example, read_lines, database_file, tamper
):
    tamper("DELETE FROM audit_head")
    result = run("advise", "-", "--record", "--database", database_file, input=[example(case_id="C-1")])
    (line,) = read_lines(result)
    assert result.exit_code == 1
    assert line["id"] == "C-1"
    assert "audit verify" in line["error"]["faults"][0]["problem"]


def test_init_says_where_the_database_is_and_may_be_repeated(run, file):
    for _ in range(2):
        result = run("init", "--database", file)
        assert result.exit_code == 0
        assert str(file) in result.stdout
    assert file.exists()


def test_the_environment_names_the_database(run, file, monkeypatch):
    monkeypatch.setenv("SETTLEMENT_DATABASE_URL", f"sqlite:///{file}")
    run("init")
    assert file.exists()


def test_without_a_word_the_database_is_in_the_data_folder(run, tmp_path, monkeypatch):
    monkeypatch.delenv("SETTLEMENT_DATABASE_URL")
    run("init")
    assert (tmp_path / "data" / "settlement" / "settlement.sqlite3").exists()


def test_the_token_stands_alone_on_the_last_line(script, file):
    done = script("token", "create", "--role", "agent", "--name", "李娜", "--database", file)
    assert done.returncode == 0
    secret = done.stdout.decode().splitlines()[-1]
    assert re.fullmatch(r"[A-Za-z0-9_-]{43}", secret)
    with Database.open(f"sqlite:///{file}") as database, database.reading() as tx:
        found = token_for(tx, secret, datetime.now(UTC))
    assert found is not None
    assert found[1] == Actor("李娜", Role.AGENT)
    assert secret.encode() not in file.read_bytes()
    assert entries_of(file) == [(event, "local", "director") for event in ("user_created", "token_created")]


@pytest.mark.parametrize(
    ("role", "name"), [("king", "Li"), ("agent", ""), ("agent", "  "), ("agent", "x" * 65), ("agent", "a\nb")]
)
def test_a_role_or_name_that_is_none_makes_no_token(run, file, role, name):
    assert run("token", "create", "--role", role, "--name", name, "--database", file).exit_code == 2
    assert not file.exists()


def test_a_decision_is_the_same_whether_recorded_or_not(run, example, read_lines, file):
    (plain,) = read_lines(run("advise", "-", input=[example()]))
    (recorded,) = read_lines(run("advise", "-", "--record", "--database", file, input=[example()]))
    assert json.dumps(recorded | {"decision": None}) == json.dumps(plain)
