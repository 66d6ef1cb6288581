"""Signed checkpoints of the audit log (Ed25519, RFC 8032): how far it had come, as a key's holder says.

The chain shows that a log fits together. A signature shows that it is still the log that was signed: who
rewrites it from end to end, head and all, cannot sign again.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from settlement.audit import GENESIS, Entry, Finding, Head, canonical
from settlement.errors import BadInput, Fault

Key = Ed25519PrivateKey

SEED_BYTES = 32
"""How many random bytes a key is made from."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """That the log had `count` entries at a moment, and `last_hash` was the hash of the last."""

    number: int  # 1, 2, 3 …
    count: int
    last_hash: str
    at: str  # ISO 8601, UTC
    public_key: str  # 32 bytes in hex
    signature: str  # 64 bytes in hex; covers all else but the public key


def sign(head: Head, key: Key, *, number: int, at: str) -> Checkpoint:
    """The checkpoint that says where a log stands."""
    unsigned = Checkpoint(number, head.count, head.last_hash, at, public_key_of(key), signature="")
    return replace(unsigned, signature=key.sign(_told_by(unsigned)).hex())


def verify_checkpoints(
    checkpoints: Iterable[Checkpoint], entries: Sequence[Entry], *, public_key: str | None = None
) -> list[Finding]:
    """Everything wrong with the checkpoints of a log whose entries are given in order.

    `public_key`, in hex, is the one that the reader trusts: then all must be signed with it, and one at
    least. Without it a checkpoint proves only that somebody with a key signed it.
    """
    hashes = {0: GENESIS} | {entry.seq: entry.hash for entry in entries}
    findings, last, number = [], 0, 0
    for checkpoint in checkpoints:
        number += 1
        findings += [
            Finding(checkpoint.count, f"checkpoint {checkpoint.number}: {problem}")
            for problem, wrong in (
                ("it should be number " + str(number), checkpoint.number != number),
                ("it stands after one of more entries", checkpoint.count < last),
                ("what it signs is not in the log", hashes.get(checkpoint.count) != checkpoint.last_hash),
                ("its signature does not fit", not _is_signed(checkpoint)),
                ("another key signed it", public_key not in (None, checkpoint.public_key)),
            )
            if wrong
        ]
        last, number = checkpoint.count, checkpoint.number
    if public_key is not None and number == 0:
        findings.append(Finding(len(entries), "no checkpoint was signed with this key"))
    return findings


def key_from(seed: bytes) -> Key:
    """The key that 32 random bytes make."""
    return Ed25519PrivateKey.from_private_bytes(seed)


def public_key_of(key: Key) -> str:
    """The half of a key that everybody may know, in hex."""
    return key.public_key().public_bytes_raw().hex()


def private_text(key: Key) -> str:
    """A key as it is kept in a file (PEM, PKCS 8), not encrypted."""
    form = serialization.PrivateFormat.PKCS8
    plain = serialization.NoEncryption()
    return key.private_bytes(serialization.Encoding.PEM, form, plain).decode("ascii")


def public_text(key: Key) -> str:
    """The public half as it is kept in a file (PEM)."""
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return key.public_key().public_bytes(serialization.Encoding.PEM, form).decode("ascii")


def read_private(text: str, place: str) -> Key:
    """A key from its file. Raises BadInput, naming `place`."""
    try:
        key = serialization.load_pem_private_key(text.encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise _no_key(place) from error
    if not isinstance(key, Ed25519PrivateKey):
        raise _no_key(place)
    return key


def read_public(text: str, place: str) -> str:
    """A public key from its file, in hex. Raises BadInput, naming `place`."""
    try:
        key = serialization.load_pem_public_key(text.encode())
    except (ValueError, UnsupportedAlgorithm) as error:
        raise _no_key(place) from error
    if not isinstance(key, Ed25519PublicKey):
        raise _no_key(place)
    return key.public_bytes_raw().hex()


def _told_by(checkpoint: Checkpoint) -> bytes:
    """The bytes that are signed; they can be mistaken for nothing else that a key may sign."""
    said = {
        "kind": "settlement/checkpoint/1",
        "number": checkpoint.number,
        "count": checkpoint.count,
        "last_hash": checkpoint.last_hash,
        "at": checkpoint.at,
    }
    return canonical(said).encode("utf-8", "surrogateescape")


def _is_signed(checkpoint: Checkpoint) -> bool:
    try:
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(checkpoint.public_key))
        key.verify(bytes.fromhex(checkpoint.signature), _told_by(checkpoint))
    except (ValueError, InvalidSignature):
        return False
    return True


def _no_key(place: str) -> BadInput:
    return BadInput(
        [Fault(place, "this is no Ed25519 key in PEM", "make one with: settlement audit keygen --key FILE")]
    )
