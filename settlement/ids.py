"""The shape of identifiers. They are made at the edge and passed in."""

import re

BOOK_ID = re.compile(r"[a-z][a-z0-9]*(?:[_-][a-z0-9]+)*", re.ASCII)
CASE_ID_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9._:/-]{0,63}$"


def decision_id(random: int) -> str:
    """A decision's id from 80 random bits, in lower-case letters and digits that are hard to confuse."""
    alphabet = "0123456789abcdefghjkmnpqrstvwxyz"
    return "d-" + "".join(alphabet[random >> shift & 31] for shift in range(75, -1, -5))
