"""The shape of identifiers, which are made at the edge and passed in; and when two spellings are one."""

import unicodedata

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"


def record_id(prefix: str, random: int) -> str:
    """An id from 80 random bits, in lower-case letters and digits that are hard to confuse.

    The prefix tells the kind: d a decision, a an approval, p a promise, g a delegation, k a customer,
    o an order, e a piece of evidence, x a text.
    """
    return f"{prefix}-" + "".join(_ALPHABET[random >> shift & 31] for shift in range(75, -1, -5))


def as_compared(text: str) -> str:
    """An id or a name as it is looked up: "O-9", " o-9" and the full-width "Ｏ-9" are one."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    return " ".join(unicodedata.normalize("NFKC", plain).split())  # small letters may compose anew
