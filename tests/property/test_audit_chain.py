"""Laws of the audit chain: whoever touches a log is found out."""

from dataclasses import fields, replace

from hypothesis import given
from hypothesis import strategies as st

from settlement.audit import GENESIS, Entry, Head, canonical, link, verify

texts = st.text(max_size=8)
bodies = st.dictionaries(
    texts, texts | st.integers() | st.booleans() | st.none() | st.lists(texts, max_size=2), max_size=3
)


@st.composite
def logs(draw: st.DrawFn, at_least: int = 1) -> list[Entry]:
    log: list[Entry] = []
    for seq in range(1, draw(st.integers(at_least, 6)) + 1):
        told = {name: draw(texts) for name in ("at", "actor", "role", "event", "subject")}
        previous = log[-1].hash if log else GENESIS
        log.append(link(previous, seq=seq, body=canonical(draw(bodies)), **told))
    return log


def head_of(log: list[Entry]) -> Head:
    return Head(len(log), log[-1].hash)


@given(logs())
def test_an_untouched_log_has_no_findings(log: list[Entry]) -> None:
    assert verify(log, head_of(log), known=log[0].hash) == []


@given(logs(), st.data())
def test_any_changed_byte_is_found(log: list[Entry], data: st.DataObject) -> None:
    """Also one that makes the text unreadable: it reaches us as a surrogate."""
    at = data.draw(st.integers(0, len(log) - 1))
    name = data.draw(st.sampled_from([field.name for field in fields(Entry)]))
    log[at], head = replace(log[at], **{name: spoilt(getattr(log[at], name), data)}), head_of(log)
    assert verify(log, head)


@given(logs(), st.data())
def test_a_changed_entry_with_its_hash_mended_is_found(log: list[Entry], data: st.DataObject) -> None:
    at, head = data.draw(st.integers(0, len(log) - 1)), head_of(log)
    old = log[at]
    log[at] = link(
        old.prev, seq=old.seq, at=old.at, actor=spoilt(old.actor, data), role=old.role,
        event=old.event, subject=old.subject, body=old.body,
    )  # fmt: skip
    assert verify(log, head)


@given(logs(), st.data())
def test_any_removed_row_is_found(log: list[Entry], data: st.DataObject) -> None:
    head = head_of(log)
    del log[data.draw(st.integers(0, len(log) - 1))]
    assert verify(log, head)


@given(logs(at_least=2), st.data(), st.booleans())
def test_any_swapped_rows_are_found(log: list[Entry], data: st.DataObject, renumbered: bool) -> None:
    one, other = data.draw(st.lists(st.integers(0, len(log) - 1), min_size=2, max_size=2, unique=True))
    head, first, second = head_of(log), log[one], log[other]
    log[one] = replace(second, seq=first.seq) if renumbered else second
    log[other] = replace(first, seq=second.seq) if renumbered else first
    assert verify(log, head)


@given(logs(), st.data())
def test_any_cut_tail_is_found(log: list[Entry], data: st.DataObject) -> None:
    assert verify(log[: data.draw(st.integers(0, len(log) - 1))], head_of(log))


@given(logs(at_least=2), st.data())
def test_a_cut_tail_with_its_head_mended_is_found_by_a_noted_hash(
    log: list[Entry], data: st.DataObject
) -> None:
    left = log[: data.draw(st.integers(1, len(log) - 1))]
    assert verify(left, head_of(left)) == []
    assert verify(left, head_of(left), known=log[-1].hash)


@given(logs(), st.data())
def test_an_invented_entry_at_the_end_is_found(log: list[Entry], data: st.DataObject) -> None:
    more = link(log[-1].hash, seq=len(log) + 1, at="", actor="", role="", event="", subject="", body="{}")
    assert verify([*log, more], head_of(log))


def spoilt(value: str | int, data: st.DataObject) -> str | int:
    """Another value, one byte away."""
    if isinstance(value, int):
        return value ^ 1 << data.draw(st.integers(0, 62))
    raw = value.encode() or b"\0"
    at = data.draw(st.integers(0, len(raw) - 1))
    changed = raw[:at] + bytes([raw[at] ^ data.draw(st.integers(1, 255))]) + raw[at + 1 :]
    return changed.decode("utf-8", "surrogateescape")
