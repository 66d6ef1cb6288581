"""The lines of talk and the lexicon of a policy: TOML data to what they mean, every fault collected."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from settlement.rules.faults import Block, Faults, listed_blocks
from settlement.rules.forbidden_words import refuse_forbidden
from settlement.rules.talk import CHANNELS, MOODS, PARTS, SIGNALS, SLOTS, LexiconEntry, TalkLine
from settlement.rules.types import Text, quoted

TALK_BLOCKS = ("text", "lexicon")
_A_SLOT = re.compile(r"\{[^{}]*\}|[{}]")


def read_talk(entries: Any, faults: Faults) -> dict[str, tuple[TalkLine, ...]]:
    """The variants of every line, by code. Two of one code differ in mood or channels."""
    lines: dict[str, tuple[TalkLine, ...]] = {}
    for block in _variants(entries, faults):
        line = _line(block)
        others = lines.get(line.code, ())
        if any(_clash(line, other) for other in others):
            faults.add(
                block.place, "stands twice", "give each variant of a code its own mood, or its own channels"
            )
        if others and others[0].part != line.part:
            problem = f"has another part than the first {quoted(line.code)}"
            faults.add(block.at("part"), problem, "write the same part in every variant")
        if line.code:
            lines[line.code] = (*others, line)
    return lines


def _variants(entries: Any, faults: Faults) -> Iterator[Block]:
    """The entries, each placed by its code, mood and channels."""
    if not isinstance(entries, list):
        yield from listed_blocks(entries, "text", faults)
        return
    for number, entry in enumerate(entries, 1):
        yield Block.of(entry, f"text {_label(entry, number)}", faults)


def _label(entry: Any, number: int) -> str:
    code = entry.get("code") if isinstance(entry, Mapping) else None
    if not isinstance(code, str) or not code:
        return f'"number {number}"'
    channels = entry.get("channels")
    listed = channels if isinstance(channels, list) else []
    marks = [mark for mark in (entry.get("mood"), *listed) if isinstance(mark, str)]
    return f'"{code}"' + (f" for {', '.join(marks)}" if marks else "")


def _line(block: Block) -> TalkLine:
    block.allow_only(("code", "part", "mood", "channels", "en", "zh"))
    code, text = block.text("code"), Text(block.text("en"), block.text("zh"))
    _check_slots(code, text, block)
    refuse_forbidden(text, block.place, block.faults)
    channels = block.texts("channels")
    for channel in channels:
        if channel not in CHANNELS:
            problem = f"{quoted(channel)} is no channel"
            block.faults.add(block.at("channels"), problem, f"write some of {', '.join(CHANNELS)}")
    return TalkLine(
        code=code,
        part=block.one_of("part", PARTS) or None if "part" in block.data else None,
        mood=block.one_of("mood", MOODS) or None if "mood" in block.data else None,
        channels=channels,
        text=text,
    )


def _check_slots(code: str, text: Text, block: Block) -> None:
    """The same slots in both languages, and only those that the record can fill where the line is said."""
    in_en, in_zh = (sorted(_A_SLOT.findall(each)) for each in (text.en, text.zh))
    known = {f"{{{slot}}}" for slot in SLOTS.get(code, ())}
    if in_en != in_zh or not known.issuperset(in_en):
        of_these = f", of {', '.join(sorted(known))}" if known else ": none can be filled here"
        remedy = f"write the same in both languages{of_these}"
        block.faults.add(block.place, f"has the placeholders {in_en} and {in_zh}", remedy)


def _clash(one: TalkLine, other: TalkLine) -> bool:
    """Whether both would suit one moment equally well."""
    overlap = not (one.channels or other.channels) or bool({*one.channels} & {*other.channels})
    return one.mood == other.mood and overlap


def read_lexicon(entries: Any, faults: Faults) -> tuple[LexiconEntry, ...]:
    """Words by signal; a policy may have none."""
    return tuple(_entry(block) for block in listed_blocks(entries, "lexicon", faults, key="signal"))


def _entry(block: Block) -> LexiconEntry:
    block.allow_only(("signal", "en", "zh"))
    entry = LexiconEntry(block.one_of("signal", SIGNALS), block.texts("en"), block.texts("zh"))
    for key, words in (("en", entry.en), ("zh", entry.zh)):
        if not words or not all(word.strip() for word in words):
            block.faults.add(block.at(key), "is empty or holds an empty word", f'write {key} = ["…", "…"]')
    return entry
