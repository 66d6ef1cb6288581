"""How pages are set: headings, tables and bullets, at any width, and without colours in a pipe."""

from collections.abc import Collection, Iterable, Sequence
from fractions import Fraction

import click
from rich import box
from rich.cells import cell_len
from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from settlement.rules.types import write_decimal

LONGEST_UNBROKEN = 14
"""A word of a heading is broken only where it is longer than this."""

LEAST_WIDTH = 80
"""On a narrower terminal lines run over, so that no number is cut off."""


def page_width() -> int:
    """How many cells a line has."""
    return max(Console().width, LEAST_WIDTH)


def print_parts(parts: Iterable[RenderableType]) -> None:
    """Print on stdout as wide as the terminal. Texts stand as they are: no markup, no guessed colours."""
    console = Console(markup=False, emoji=False, highlight=False)
    console.width = page_width()
    for part in parts:
        with console.capture() as captured:
            console.print(part)
        text = captured.get()
        if not console.is_terminal:
            text = "".join(f"{line.rstrip()}\n" for line in text.splitlines())
        click.echo(text, nl=False, color=console.is_terminal)


def heading(text: str) -> Text:
    return Text(f"\n{text}", style="bold cyan")


def grid(*columns: str, right: tuple[int, ...] = (), fixed: tuple[int, ...] = ()) -> Table:
    """A table without walls. Numbers stand to the right; they and `fixed` columns are never broken."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1), header_style="dim", show_edge=False)
    for number, name in enumerate(columns):
        longest = max((cell_len(word) for word in name.split()), default=0)
        table.add_column(
            name,
            justify="right" if number in right else "left",
            no_wrap=number in (*right, *fixed),
            min_width=min(longest, LONGEST_UNBROKEN),
            overflow="fold",
        )
    return table


def sheet(columns: Sequence[str], rows: Iterable[Sequence[str]], fixed: tuple[int, ...] = ()) -> Padding:
    """A table of texts; a column in which nothing stands is left out."""
    rows = list(rows)
    kept = [n for n in range(len(columns)) if any(row[n] for row in rows)]
    table = grid(*(columns[n] for n in kept), fixed=tuple(kept.index(n) for n in fixed if n in kept))
    for row in rows:
        table.add_row(*(row[n] for n in kept))
    return indented(table)


def figures(
    columns: Sequence[str], rows: Iterable[Sequence[str]], names: Collection[int], colon: str
) -> RenderableType:
    """A table where all of it fits on the page, else a block for each row: no figure is ever cut off.

    `names` are the columns that say what a row is about; all others stand to the right. `colon` parts a
    name from what it is.
    """
    rows = list(rows)
    widths = [
        max(
            min(max(map(cell_len, head.split() or [""])), LONGEST_UNBROKEN),
            *(cell_len(row[n]) for row in rows),
        )
        for n, head in enumerate(columns)
    ]
    if sum(widths) + _BETWEEN * len(widths) > page_width():
        return Group(*(_block(columns, row, names, colon) for row in rows))
    table = grid(
        *(_folded(head, width) for head, width in zip(columns, widths, strict=True)),
        right=tuple(n for n in range(len(columns)) if n not in names),
        fixed=tuple(names),
    )
    for row in rows:
        table.add_row(*row)
    return indented(table)


_BETWEEN = 3
"""Cells that a column takes beside its text; the last one's are for the indent."""


def _block(columns: Sequence[str], row: Sequence[str], names: Collection[int], colon: str) -> RenderableType:
    """What a row is about, and below it each figure beside its name."""
    table = Table.grid(padding=(0, 1))
    table.add_column(overflow="fold")
    table.add_column(justify="right", no_wrap=True)
    for number, head in enumerate(columns):
        if number not in names:
            table.add_row(head, row[number])
    about = Text(
        "  ".join(f"{columns[n]}{colon}{row[n]}" for n in sorted(names)), style="bold", overflow="fold"
    )
    parts = [Padding(about, (0, 0, 0, 2))] if names else []
    return Group(*parts, Padding(table, (0, 0, 1, 4 if names else 2)))


def _folded(head: str, width: int) -> str:
    """A heading on as many lines as it needs."""
    return "\n".join(line.plain.rstrip() for line in Text(head).wrap(Console(), width, overflow="fold"))


def indented(table: Table) -> Padding:
    return Padding(table, (0, 0, 0, 2))


def bullets(texts: Iterable[str | Text], *, numbered: bool = False) -> Padding:
    """Texts one below the other, each hanging from its mark."""
    table = Table.grid(padding=(0, 1))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for number, text in enumerate(texts, 1):
        table.add_row(f"{number}." if numbered else "•", text)
    return indented(table)


def percent(rate: Fraction) -> str:
    """A rate for people: "75%"."""
    return f"{write_decimal(rate * 100)}%"
