"""Where a page of a list begins: the number after which it goes on, as the page before gave it out."""

import re

from settlement.errors import BadInput, Fault

_CURSOR = re.compile(r"[1-9][0-9]{0,17}", re.ASCII)


def position_of(cursor: str) -> int:
    """The number that a cursor tells. Raises BadInput for one that we did not give out."""
    if not _CURSOR.fullmatch(cursor):
        raise BadInput(
            [Fault("query before", f"{cursor!r} is no place in this list", "send what the last page gave")]
        )
    return int(cursor)
