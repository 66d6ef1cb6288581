"""What people read about a row: the owner's words, else a sentence made from its cells."""

from settlement.rules.book import Edition, Row, Table


def row_text(edition: Edition, table_id: str, row_id: str, language: str) -> str:
    """A row of an edition in words."""
    written = edition.words.get(f"{table_id}.{row_id}")
    if written is not None:
        return written.in_language(language)
    table = edition.tables[table_id]
    row = next((row for row in table.rows if row.id == row_id), None)
    return _from_cells(edition, table, row, language)


def name_text(edition: Edition, name: str, language: str) -> str:
    """A name, or `name.member`, in words; the name itself where the book has none."""
    written = edition.words.get(name)
    return written.in_language(language) if written else name.rpartition(".")[2]


def _from_cells(edition: Edition, table: Table, row: Row | None, language: str) -> str:
    if row is None:
        return "没有其他行适用。" if language == "zh" else "No other row applies."
    conditions = [
        f"{name_text(edition, column.name, language)} {cell.text}"
        for column, cell in zip(table.columns, row.cells, strict=True)
        if cell.items is not None
    ]
    if not conditions:
        return "其余情形。" if language == "zh" else "In every other case."
    return "；".join(conditions) + "。" if language == "zh" else "; ".join(conditions) + "."
