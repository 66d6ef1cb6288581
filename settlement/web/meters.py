"""What a process counts in its memory: how often somebody asks, and what was answered."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from math import ceil
from threading import Lock
from time import monotonic

from settlement.errors import SettlementError


class TooMany(SettlementError):
    """Asked too often; the same request may come again after some seconds."""

    def __init__(self, wait_s: int) -> None:
        self.wait_s = wait_s
        super().__init__(f"too many requests: send this again in {wait_s} seconds")


@dataclass(frozen=True, slots=True)
class Rates:
    """Requests in a minute: by token, and tries to log in by name and address, and by address alone."""

    by_token: int = 600
    by_login: int = 10
    by_address: int = 30  # so many people begin to work at once behind one address


RATES = Rates()


class Meter:
    """Lets `most` through at once and then one for every `60 / most` seconds, for each key apart."""

    def __init__(self, most: int, clock: Callable[[], float] = monotonic) -> None:
        self._gap, self._clock = 60 / most, clock
        self._free_at: dict[str, float] = {}  # when all that a key used will be free again
        self._lock = Lock()
        self._swept = clock()

    def count(self, key: str) -> None:
        """Count one request. Raises TooMany, and then it does not count."""
        now = self._clock()
        with self._lock:
            self._sweep(now)
            free_at = max(self._free_at.get(key, now), now) + self._gap
            if free_at - now > 60 + self._gap / 2:  # not exactly 60: sums of gaps are not
                raise TooMany(max(1, ceil(free_at - now - 60)))
            self._free_at[key] = free_at

    def _sweep(self, now: float) -> None:
        """Once a minute, forget those who have all theirs free: strangers choose names without end."""
        if now - self._swept > 60:
            self._free_at = {key: at for key, at in self._free_at.items() if at > now}
            self._swept = now


class Counts:
    """How many answers this process gave, by route and status."""

    def __init__(self) -> None:
        self._found: Counter[tuple[str, int]] = Counter()
        self._lock = Lock()

    def add(self, route: str, status: int) -> None:
        with self._lock:
            self._found[route, status] += 1

    def items(self) -> list[tuple[tuple[str, int], int]]:
        with self._lock:
            return sorted(self._found.items())
