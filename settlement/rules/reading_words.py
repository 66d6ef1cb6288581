"""What a book says for people and about itself: words, examples, and which way its outputs move."""

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from settlement.rules.book import BookKind, Edition, Example
from settlement.rules.faults import Block, Faults, read_text
from settlement.rules.forbidden_words import refuse_forbidden
from settlement.rules.reading_tables import UNREAD
from settlement.rules.types import Text, Type, quoted


def read_words(raw: Any, edition: Edition, faults: Faults) -> dict[str, Text]:
    """Words for every input, output and member that people see; for rows and formulas where there are any."""
    block = Block.of(raw, "words", faults)
    needed = _with_members(_types_to_name(edition))
    if edition.terms:
        needed |= {f"category.{category}" for category in edition.terms.categories}
    names = edition.formulas.keys() | {*edition.outputs, *_row_names(edition)}
    allowed = needed | _with_members(edition.inputs) | names
    for key in block.data:
        if key not in allowed:
            faults.add(block.at(key), "names nothing in this book", "take it out, or mend the name")
    for key in sorted(needed - block.data.keys()):
        quote = '"' if "." in key else ""
        faults.add(block.at(key), "is missing", f'write {quote}{key}{quote} = {{ en = "…", zh = "…" }}')
    words = {key: read_text(value, block.at(key), faults) for key, value in block.data.items()}
    if edition.kind is BookKind.POLICY:  # what a policy says of its rows is told to customers as the reason
        for key, text in words.items():
            refuse_forbidden(text, block.at(key), faults)
    return words


def _types_to_name(edition: Edition) -> dict[str, Type]:
    """Inputs of a pack, outputs, published formulas. The facts of a policy have their words in the code."""
    types = dict(edition.inputs) if edition.kind is BookKind.PACK else {}
    types |= {column.name: column.type for table in edition.tables.values() for column in table.outputs}
    return types | {n: edition.formulas[n].type for n in edition.outputs if n in edition.formulas}


def _with_members(types: Mapping[str, Type]) -> set[str]:
    return {*types} | {f"{name}.{member}" for name, type_ in types.items() for member in type_.values}


def _row_names(edition: Edition) -> Iterator[str]:
    for table in edition.tables.values():
        for row in (*table.rows, table.otherwise):
            if row is not None:
                yield f"{table.id}.{row.id}"


def read_examples(raw: Any, edition: Edition, faults: Faults) -> tuple[Example, ...]:
    """The examples, facts of the right types and names that exist; whether they come out is tried later."""
    if not isinstance(raw, list) or (not raw and edition.kind is BookKind.PACK):
        faults.add("example", "is missing or not a list of blocks", "write at least one [[example]]")
        return ()
    blocks = [Block.of(entry, f"example {number}", faults) for number, entry in enumerate(raw, 1)]
    return tuple(_read_example(block, edition) for block in blocks)


def _read_example(block: Block, edition: Edition) -> Example:
    block.allow_only(("given", "expect"))
    given = Block.of(block.data.get("given"), block.at("given"), block.faults)
    expect = Block.of(block.data.get("expect"), block.at("expect"), block.faults)
    computed = {column.name for table in edition.tables.values() for column in table.outputs}
    if edition.kind is BookKind.POLICY:
        published = settable = {*computed, *edition.formulas}
    else:
        published, settable = set(edition.outputs), set()
    given.allow_only({*edition.inputs, *settable})
    expect.allow_only({*published, "rows", "currency"})
    rows = expect.texts("rows")
    for row in rows:
        if row not in {*_row_names(edition)}:
            block.faults.add(expect.at("rows"), f"{quoted(row)} is no row", 'write "table.row"')
    if not expect.data and isinstance(block.data.get("expect"), Mapping):
        block.faults.add(expect.place, "is empty", 'write what must come out: { amount = "…" }')
    facts = _with_null(given.data)
    _check_facts(facts, given, edition)
    return Example(facts, _with_null({n: v for n, v in expect.data.items() if n != "rows"}), rows)


def _check_facts(facts: Mapping[str, Any], given: Block, edition: Edition) -> None:
    types = dict(edition.inputs)
    types |= {column.name: column.type for table in edition.tables.values() for column in table.outputs}
    for name, raw in facts.items():
        type_ = types.get(name)
        if type_ is not None and type_ is not UNREAD:
            given.faults.attempt(given.at(name), partial(type_.read_fact, raw))


def _with_null(values: Mapping[str, Any]) -> dict[str, Any]:
    """Examples write unknown as "null", since TOML has no word for it."""
    return {name: None if value == "null" else value for name, value in values.items()}


def read_monotone(raw: Any, edition: Edition, faults: Faults) -> dict[str, tuple[str, ...]]:
    """For an output the facts that move it one way only, each with its sign."""
    block = Block.of(raw, "monotone", faults)
    computed = {column.name for table in edition.tables.values() for column in table.outputs}
    computed |= edition.formulas.keys()
    promises = {}
    for output in block.data:
        if output not in computed:
            faults.add(block.at(output), "is no output or formula", "name one of this book")
        promises[output] = block.texts(output)
        for signed in promises[output]:
            if signed[:1] not in ("+", "-") or signed[1:] not in {*edition.inputs, *computed}:
                problem = f"{quoted(signed)} is not a signed name"
                faults.add(block.at(output), problem, 'write "+fact" or "-fact"')
    return promises
