"""The chain of the audit log: what a link covers and what verify says."""

import hashlib
from dataclasses import replace
from enum import StrEnum
from types import MappingProxyType

import pytest

from settlement.audit import GENESIS, Entry, Finding, Head, canonical, digest, link, verify

EMPTY = Head(0, GENESIS)


def a_log(length: int = 4) -> list[Entry]:
    log: list[Entry] = []
    for seq in range(1, length + 1):
        log.append(linked_to(log[-1].hash if log else GENESIS, seq))
    return log


def linked_to(previous_hash: str, seq: int, body: str = "{}") -> Entry:
    return link(
        previous_hash, seq=seq, at="2026-03-03T02:15:00+00:00", actor="li", role="agent",
        event="suggested", subject=f"d-{seq}", body=body,
    )  # fmt: skip


def head_of(log: list[Entry]) -> Head:
    return Head(len(log), log[-1].hash)


def test_canonical_text_does_not_depend_on_order_or_kind_of_mapping() -> None:
    class Colour(StrEnum):
        RED = "red"

    data = {"b": (1, True, None), "a": MappingProxyType({"款": "¥", "z": Colour.RED})}
    assert canonical(data) == '{"a":{"z":"red","款":"¥"},"b":[1,true,null]}'


@pytest.mark.parametrize("data", [0.5, {"a": [1.0]}, {1: "a"}, {"a": {1, 2}}, {"a": b"b"}, float("nan")])
def test_canonical_text_refuses_what_has_no_exact_text(data: object) -> None:
    with pytest.raises(AssertionError):
        canonical(data)


def test_a_digest_is_the_sha256_of_the_utf_8_bytes() -> None:
    assert digest("¥") == hashlib.sha256(b"\xc2\xa5").hexdigest()


def test_a_hash_can_be_computed_without_this_program() -> None:
    text = (
        '{"actor":"li","at":"2026-03-03T02:15:00+00:00","body":"{\\"n\\":1}","event":"suggested",'
        '"prev":"","role":"agent","seq":1,"subject":"d-1"}'
    )
    assert linked_to(GENESIS, 1, body='{"n":1}').hash == hashlib.sha256(text.encode()).hexdigest()


def test_a_whole_log_has_no_findings() -> None:
    assert verify(a_log(), head_of(a_log())) == []
    assert verify([], EMPTY) == []


def test_a_changed_text_is_found_where_it_is() -> None:
    log = a_log()
    spoilt = [*log[:1], replace(log[1], subject="d-9"), *log[2:]]
    assert verify(spoilt, head_of(log)) == [
        Finding(2, "changed after it was written: its hash does not fit its text")
    ]


def test_a_change_with_a_fitting_hash_breaks_the_next_link() -> None:
    log = a_log()
    spoilt = [*log[:1], linked_to(log[0].hash, 2, body='{"n":2}'), *log[2:]]
    assert [finding.seq for finding in verify(spoilt, head_of(log))] == [3]


def test_a_removed_row_is_found() -> None:
    log = a_log()
    problems = verify([log[0], log[3]], head_of(log))
    assert Finding(4, "missing before it: entries 2 to 3") in problems


def test_a_removed_first_row_is_found() -> None:
    log = a_log()
    assert Finding(2, "missing before it: entry 1") in verify(log[1:], head_of(log))


def test_rows_in_another_order_are_found() -> None:
    log = a_log()
    problems = verify([log[0], log[2], log[1], log[3]], head_of(log))
    assert Finding(2, "out of order: it stands after entry 3") in problems


def test_a_cut_tail_is_found() -> None:
    log = a_log()
    assert verify(log[:2], head_of(log)) == [
        Finding(2, "cut off after it: entries 3 to 4"),
        Finding(2, "the last entry is not the one that the head names"),
    ]
    assert verify([], head_of(log))[0] == Finding(0, "cut off after it: entries 1 to 4")


def test_a_head_that_was_set_back_is_found() -> None:
    log = a_log()
    assert Finding(4, "4 entries are here and 0 were counted: the head was set back") in verify(log, EMPTY)


def test_a_last_entry_written_anew_is_found() -> None:
    log = a_log()
    spoilt = [*log[:3], linked_to(log[2].hash, 4, body='{"n":2}')]
    assert verify(spoilt, head_of(log)) == [Finding(4, "the last entry is not the one that the head names")]


def test_a_noted_hash_finds_what_was_rewritten_with_care() -> None:
    noted = a_log(3)[-1].hash
    rewritten = [linked_to(GENESIS, 1, body='{"n":2}')]
    for seq in (2, 3, 4):
        rewritten.append(linked_to(rewritten[-1].hash, seq))
    assert verify(rewritten, head_of(rewritten)) == []
    assert verify(rewritten, head_of(rewritten), known=noted) == [
        Finding(4, f"no entry has the hash {noted}: the log was rewritten or cut")
    ]


def test_a_noted_hash_finds_a_cut_tail_whose_head_was_mended() -> None:
    log = a_log()
    assert verify(log[:2], head_of(log[:2])) == []
    assert [finding.seq for finding in verify(log[:2], head_of(log[:2]), known=log[3].hash)] == [2]


def test_a_noted_hash_may_be_older_than_the_log() -> None:
    log = a_log()
    for noted in (GENESIS, log[1].hash, log[3].hash.upper() + "\n"):
        assert verify(log, head_of(log), known=noted) == []
