"""docs/roles.md is the table of permissions. Written anew by: .venv/bin/python tests/test_roles_page.py"""

import sys
from pathlib import Path

from settlement.permissions import OPEN, PERMISSIONS, Reach, reach
from settlement.roles import Role
from settlement.web.app import OPERATIONS

PAGE = Path(__file__).resolve().parent.parent / "docs" / "roles.md"

HEAD = """# Who may do what

Written from `settlement/permissions.py`, the one table that the routes, the documentation and the tests read; do
not edit this page: change the table, run `.venv/bin/python tests/test_roles_page.py`, and say what you expect in
`tests/http/test_roles.py`.

*all*: everybody's things. *own*: one's own only; of others' one is not told that they exist. Empty: not at all.
A line with a dot is one part of the route above it.
"""
WORDS = {Reach.ALL: "all", Reach.OWN: "own", None: ""}


def page() -> str:
    """The page as it should be."""
    routes = {operation.name: f"`{operation.method} {operation.path}`" for operation in OPERATIONS}
    lines = [
        ["", *(role.replace("_", " ") for role in Role)],
        ["---", *(":---:" for _ in Role)],
        *(
            [routes.get(name, f"`{name}`"), *(WORDS[reach(role, name)] for role in Role)]
            for name in PERMISSIONS
        ),
    ]
    table = "".join(f"| {' | '.join(line)} |\n" for line in lines)
    public = "".join(f"- {routes[name]}\n" for name in sorted(OPEN))
    return f"{HEAD}\n{table}\nOpen to everybody, without a token:\n\n{public}"


def test_the_page_of_roles_is_the_table_of_permissions():
    assert PAGE.read_text("utf-8") == page()


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
    sys.stdout.write(page())
