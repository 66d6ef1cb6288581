"""Signed checkpoints: what a signature covers, and what is found when the log is not the one that was signed."""

from dataclasses import replace

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from settlement.audit import GENESIS, Head
from settlement.checkpoints import (
    Checkpoint,
    key_from,
    private_text,
    public_key_of,
    public_text,
    read_private,
    read_public,
    sign,
    verify_checkpoints,
)
from settlement.errors import BadInput
from tests.unit.test_audit import a_log

KEY, OTHER = key_from(bytes(32)), key_from(b"1" * 32)
LOG = a_log(4)
AT = "2026-03-03T12:00:00.000000+00:00"


def signed(count: int, number: int = 1, key=KEY) -> Checkpoint:
    return sign(Head(count, LOG[count - 1].hash if count else GENESIS), key, number=number, at=AT)


def problems(*checkpoints: Checkpoint, log=LOG, **said) -> list[str]:
    return [finding.problem for finding in verify_checkpoints(checkpoints, log, **said)]


def test_what_was_signed_and_is_still_there_has_no_finding():
    checkpoints = signed(0, 1), signed(2, 2), signed(2, 3), signed(4, 4)
    assert problems(*checkpoints) == problems(*checkpoints, public_key=public_key_of(KEY)) == []
    assert problems() == []


def test_a_signature_can_be_checked_without_this_program():
    """Ed25519 over the canonical JSON of what it says."""
    said = (
        f'{{"at":"{AT}","count":2,"kind":"settlement/checkpoint/1","last_hash":"{LOG[1].hash}","number":1}}'
    )
    key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(signed(2).public_key))
    key.verify(bytes.fromhex(signed(2).signature), said.encode())


@pytest.mark.parametrize(
    "said",
    [
        {"count": 3, "last_hash": LOG[2].hash},
        {"at": "2026-03-04T12:00:00.000000+00:00"},
        {"number": 1, "signature": signed(3).signature},
        {"signature": "00" * 64},
        {"signature": "no hex"},
        {"signature": ""},
        {"public_key": public_key_of(OTHER)},
        {"public_key": ""},
        {"public_key": "00" * 31},
        {"public_key": "é"},
    ],
)
def test_a_signature_fits_nothing_but_what_was_signed(said):
    assert problems(replace(signed(2), **said)) == ["checkpoint 1: its signature does not fit"]


def test_a_log_rewritten_or_cut_after_it_was_signed_is_found():
    rewritten = [*LOG[:1], *a_log(4)[1:3]]
    rewritten[1] = replace(rewritten[1], hash="0" * 64)
    for log in (rewritten, LOG[:1], []):
        assert problems(signed(2), log=log) == ["checkpoint 1: what it signs is not in the log"]


def test_checkpoints_stand_in_their_order_without_gaps():
    assert problems(signed(1, 1), signed(2, 3)) == ["checkpoint 3: it should be number 2"]
    assert problems(signed(2, 2)) == ["checkpoint 2: it should be number 1"]
    assert problems(signed(3, 1), signed(2, 2)) == ["checkpoint 2: it stands after one of more entries"]


def test_a_trusted_key_must_have_signed_them_all_and_one_at_least():
    trusted = public_key_of(KEY)
    assert problems(signed(2), signed(3, 2, OTHER), public_key=trusted) == [
        "checkpoint 2: another key signed it"
    ]
    assert problems(public_key=trusted) == ["no checkpoint was signed with this key"]


def test_a_key_comes_back_from_its_file():
    assert public_key_of(read_private(private_text(KEY), "k")) == public_key_of(KEY)
    assert read_public(public_text(KEY), "k.pub") == public_key_of(KEY)


def test_what_is_no_key_is_named_with_what_to_do():
    other = generate_private_key(SECP256R1())
    pem = serialization.Encoding.PEM
    foreign = other.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    locked = other.private_bytes(
        pem, serialization.PrivateFormat.PKCS8, serialization.BestAvailableEncryption(b"x")
    )
    for text in ("", "no key", public_text(KEY), foreign.decode(), locked.decode()):
        with pytest.raises(BadInput, match=r"my\.key: this is no Ed25519 key(.|\n)*settlement audit keygen"):
            read_private(text, "my.key")
    foreign = other.public_key().public_bytes(pem, serialization.PublicFormat.SubjectPublicKeyInfo)
    for text in ("", private_text(KEY), foreign.decode()):
        with pytest.raises(BadInput, match=r"my\.pub: this is no Ed25519 key"):
            read_public(text, "my.pub")
