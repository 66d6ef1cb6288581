"""The house rules, held by a test: sizes, names, layers, and what may not be in the core."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import settlement.errors
from settlement.errors import SettlementError

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "settlement"
SOURCES = sorted(PACKAGE.rglob("*.py"))
EDGE = ("web", "cli", "desk", "store")
CORE = [path for path in SOURCES if path.relative_to(PACKAGE).parts[0] not in EDGE]
NAMELESS = {"utils", "util", "helpers", "helper", "common", "misc", "manager", "base"}


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_no_file_is_longer_than_400_lines():
    long = {name_of(p): n for p in SOURCES if (n := len(p.read_text("utf-8").splitlines())) > 400}
    assert not long


def test_no_function_is_longer_than_60_lines_and_most_are_short():
    lengths = {
        f"{name_of(path)}: {node.name}": (node.end_lineno or 0) - node.lineno + 1
        for path in SOURCES
        for node in functions(path)
        if not isinstance(node, ast.ClassDef)
    }
    assert not {name: length for name, length in lengths.items() if length > 60}
    assert sorted(lengths.values())[len(lengths) // 2] <= 15


def test_files_are_named_for_their_subject():
    assert not [name_of(path) for path in SOURCES if path.stem in NAMELESS]


def test_every_module_and_every_public_function_of_the_core_says_what_it_is():
    silent = []
    for path in SOURCES:
        if path.name != "__init__.py" and not ast.get_docstring(ast.parse(path.read_text("utf-8"))):
            silent.append(name_of(path))
    for path in CORE:
        module = ast.parse(path.read_text("utf-8"))
        for node in module.body:
            public = isinstance(node, ast.FunctionDef) and not node.name.startswith("_")
            if public and len(node.body) > 2 and not ast.get_docstring(node):
                silent.append(f"{name_of(path)}: {node.name}")
    assert not silent


def test_the_core_reads_no_clock_and_draws_no_chance():
    forbidden = {"random", "secrets", "uuid", "time"}
    found = []
    for path in CORE:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                found += [f"{name_of(path)}: {a.name}" for a in node.names if a.name in forbidden]
            if isinstance(node, ast.ImportFrom) and node.module in forbidden:
                found.append(f"{name_of(path)}: {node.module}")
            if isinstance(node, ast.Attribute) and node.attr in ("now", "today", "utcnow"):
                found.append(f"{name_of(path)}: .{node.attr}")
    assert not found


def test_there_is_no_float_in_the_core():
    found = []
    for path in CORE:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, float):
                found.append(f"{name_of(path)}:{node.lineno}: {node.value}")
            if isinstance(node, ast.Name) and node.id == "float":
                found.append(f"{name_of(path)}:{node.lineno}: float")
    assert not found


def test_what_is_owed_and_deserved_is_computed_without_the_customer():
    for name in ("entitlement", "severity", "balance_point"):
        path = PACKAGE / "decision" / f"{name}.py"
        words = {
            node.id for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Name)
        }
        assert not words & {"Customer", "Complaint", "Worth", "Valued", "Reach", "Lifetime", "History"}, name


def test_the_tree_of_errors_in_the_docstring_is_the_tree_in_the_code():
    def subclasses(cls: type) -> Iterator[type]:
        for each in cls.__subclasses__():
            yield each
            yield from subclasses(each)

    here = {c.__name__ for c in subclasses(SettlementError) if c.__module__ == "settlement.errors"}
    told = settlement.errors.__doc__ or ""
    assert not {name for name in here if name not in told}


def test_nothing_tracked_names_this_machine_or_a_package_index():
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode != 0:
        pytest.skip("not a git checkout")
    banned = ["/ro" + "ot/", "/wo" + "rk/", "py" + "pi.org", "pythonhost" + "ed", "registry.npm" + "js"]
    found = []
    for line in listed.stdout.splitlines():
        text = (ROOT / line).read_text("utf-8", "replace") if (ROOT / line).is_file() else ""
        found += [f"{line}: {word}" for word in banned if word in text]
    assert not found


@pytest.mark.parametrize(
    "command",
    [["lint-imports"], ["ruff", "check", "."], ["ruff", "format", "--check", "."], ["mypy", "settlement"]],
    ids=lambda command: command[0] + ("-format" if "format" in command else ""),
)
def test_the_checkers_are_content(command: list[str]):
    tool = Path(sys.executable).parent / command[0]
    done = subprocess.run([tool, *command[1:]], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
