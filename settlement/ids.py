"""The shape of identifiers. They are made at the edge and passed in."""


def decision_id(random: int) -> str:
    """A decision's id from 80 random bits, in lower-case letters and digits that are hard to confuse."""
    alphabet = "0123456789abcdefghjkmnpqrstvwxyz"
    return "d-" + "".join(alphabet[random >> shift & 31] for shift in range(75, -1, -5))
