"""The shape of identifiers. They are made at the edge and passed in."""

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"


def record_id(prefix: str, random: int) -> str:
    """An id from 80 random bits, in lower-case letters and digits that are hard to confuse.

    The prefix tells the kind: d a decision, a an approval, p a promise, g a delegation, k a customer,
    o an order, e a piece of evidence, x a text.
    """
    return f"{prefix}-" + "".join(_ALPHABET[random >> shift & 31] for shift in range(75, -1, -5))
