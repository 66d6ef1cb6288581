"""`settlement audit`: signed, taken elsewhere, and verified without a database."""

import csv
import json

import pytest


@pytest.fixture
def key(run, tmp_path):
    """The file of a key; its public half lies beside it."""
    file = tmp_path / "log.key"
    assert run("audit", "keygen", "--key", file).exit_code == 0
    return file


@pytest.fixture
def signed(run, example, database_url, key):
    """A database with decisions and two checkpoints, and how to ask about it."""

    def ask(*command, **options):
        return run("audit", *command, "--database", database_url, **options)

    for case in ("=1+1", 'C-2,"2"'):
        run("advise", "-", "--record", "--database", database_url, input=[example(case_id=case)])
        assert ask("checkpoint", "--key", key).exit_code == 0
    return ask


@pytest.fixture
def exported(signed, tmp_path):
    """Writes an export and says what `audit verify` finds in it, after some lines were changed."""

    def write(form="jsonl", change=lambda text: text):
        file = tmp_path / f"export.{form}"
        done = signed("export", "--format", form)
        assert done.exit_code == 0
        file.write_bytes(change(done.stdout_bytes.decode()).encode())
        return file

    return write


def test_a_key_is_made_for_its_owner_only_and_never_replaced(run, key):
    assert key.stat().st_mode & 0o777 == 0o600
    public = key.with_name("log.key.pub")
    assert (key.read_text()[:27], public.read_text()[:26]) == (
        "-----BEGIN PRIVATE KEY-----",
        "-----BEGIN PUBLIC KEY-----",
    )
    before = key.read_text(), public.read_text()
    for _ in range(2):
        assert run("audit", "keygen", "--key", key).exit_code == 2
        assert before[1] == public.read_text()
        assert before[0] == (key.read_text() if key.exists() else before[0])
        key.unlink(missing_ok=True)  # its public half alone is reason enough


def test_a_whole_log_with_its_checkpoints_is_whole_in_the_database_and_in_a_file(run, signed, exported, key):
    public = key.with_name("log.key.pub")
    here = signed("verify", "--public-key", public)
    assert (here.exit_code, here.stdout.startswith("4 entries, head ")) == (0, True)
    for form in ("jsonl", "csv"):
        away = run("audit", "verify", "--export", exported(form), "--public-key", public)
        assert (away.exit_code, away.stdout) == (0, here.stdout)
    head = here.stdout.split()[3].rstrip(":")
    assert run("audit", "verify", "--export", exported(), "--head", head).exit_code == 0
    assert run("audit", "verify", "--export", exported(), "--head", "0" * 64).exit_code == 1


def test_an_export_is_lines_that_other_programs_read(exported):
    lines = [json.loads(line) for line in exported().read_text().splitlines()]
    assert [line["kind"] for line in lines] == ["entry"] * 4 + ["head"] + ["checkpoint"] * 2
    with exported("csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [{name: str(value) for name, value in line.items()} for line in lines] == [
        {name: value for name, value in row.items() if name in line}
        for row, line in zip(rows, lines, strict=True)
    ]


@pytest.mark.parametrize("form", ["jsonl", "csv"])
@pytest.mark.parametrize(
    "change",
    [
        lambda lines: [*lines[:1], *lines[2:]],
        lambda lines: [lines[0], lines[2], lines[1], *lines[3:]],
        lambda lines: [line.replace("local", "Nobody") for line in lines],
        lambda lines: [line.replace("decision_recorded", "decision_reworded") for line in lines],
        lambda lines: [line for line in lines if "checkpoint_signed" not in line],
        lambda lines: lines[:-1],
        lambda lines: [*lines[:-2], lines[-1], lines[-2]],
        lambda lines: [*lines[:-1], lines[-1].replace("0", "1")],
    ],
)
def test_a_file_that_was_tampered_with_is_found(run, exported, form, change):
    def tampered(text):
        first, *lines = text.splitlines(keepends=True) if form == "csv" else ["", *text.splitlines(True)]
        return first + "".join(change(lines))

    assert run("audit", "verify", "--export", exported(form, tampered)).exit_code == 1


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("", "the file"),
        ("nonsense\n", "line 1"),
        ("[1]\n", "line 1"),
        ('{"kind":"entry"}\n', "line 1"),
        ('{"kind":"head","count":"0","last_hash":""}\n', "line 1"),
        ('{"kind":"head","count":true,"last_hash":""}\n', "line 1"),
        ('{"kind":"head","count":0,"last_hash":"\\ud800"}\n', "line 1"),
        ('{"kind":"head","count":0,"last_hash":""}\n' * 2, "the file"),
        ('{"kind":"head","count":0,"last_hash":""}\n{"kind":"song"}\n', "line 2"),
        ("[" * 100_000 + "\n", "line 1"),
        ("kind,count,last_hash\nhead,0\n", "line 2"),
        ("kind,count,last_hash\nhead,9999999999999999999999,\n", "line 2"),
        ('kind,count,last_hash\nhead,0,"\n', "line "),
    ],
)
def test_what_is_no_export_is_told_by_its_place(run, tmp_path, text, place):
    file = tmp_path / "export"
    file.write_text(text)
    result = run("audit", "verify", "--export", file)
    assert (result.exit_code, place in result.stderr) == (2, True)
    assert "settlement audit export" in result.stderr


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM checkpoints WHERE number = 2",
        "DELETE FROM checkpoints",
        "UPDATE checkpoints SET count = 1 WHERE number = 2",
        "UPDATE checkpoints SET at = '2020' WHERE number = 1",
        "UPDATE checkpoints SET signature = (SELECT signature FROM checkpoints WHERE number = 1)",
        "UPDATE checkpoints SET public_key = ''",
        "INSERT INTO checkpoints SELECT 3, count, last_hash, at, public_key, signature FROM checkpoints WHERE number = 2",
    ],
)
def test_a_checkpoint_that_was_tampered_with_is_found(signed, tamper, statement):
    tamper(statement)
    assert signed("verify").exit_code == 1


def test_nothing_is_signed_where_anything_is_wrong(signed, key, tamper):
    tamper("UPDATE audit SET actor = 'Nobody' WHERE seq = 1")
    for _ in range(2):
        result = signed("checkpoint", "--key", key)
        assert (result.exit_code, "NOT whole" in result.stdout) == (1, True)


def test_another_key_is_not_the_one_that_is_trusted(run, signed, exported, tmp_path):
    other = tmp_path / "other.key"
    run("audit", "keygen", "--key", other)
    assert signed("verify", "--public-key", f"{other}.pub").exit_code == 1
    assert run("audit", "verify", "--export", exported(), "--public-key", f"{other}.pub").exit_code == 1


def test_a_file_is_verified_without_a_database_and_not_beside_one(run, signed, exported):
    assert signed("verify", "--export", exported()).exit_code == 2


def test_a_wrong_key_file_is_told(signed, key):
    public = key.with_name("log.key.pub")
    for command in (("checkpoint", "--key", public), ("verify", "--public-key", key)):
        result = signed(*command)
        assert (result.exit_code, "no Ed25519 key" in result.stderr) == (2, True)
