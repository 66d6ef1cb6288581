"""Free text to signals that a person may confirm. It proposes; nothing is decided by it."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from settlement.rules.talk import LexiconEntry

_NOT_EN = re.compile(
    r"(?<![a-z0-9])(?:not|no|never|without|nor|cannot|(?:is|was|do|does|did|wo|ca|could|would)n't)\s+"
    r"(?:(?:a|an|any|the|very|really|even|going to|planning to|want to|here to)\s+)?$"
)
_NOT_ZH = re.compile(r"(?:没有|没|未|并非|不是|不想|不会|不打算|无意|不)[来再去过]?$")
_REACH = 40

_EVEN_DENIED = frozenset({"self_harm", "safety", "violence"})
"""Signals for which one question too many is better than one too few."""


@dataclass(frozen=True, slots=True)
class Proposed:
    """A signal for a person to confirm, and the words that hint at it, as the lexicon writes them."""

    signal: str
    words_found: tuple[str, ...]


def propose_signals(text: str, lexicon: Iterable[LexiconEntry]) -> tuple[Proposed, ...]:
    """Signals that a text hints at, in the order of the lexicon. Words right after a "not" do not count.

    Case and full-width forms make no difference; English words count as whole words.
    """
    plain = unicodedata.normalize("NFKC", text).casefold().replace("’", "'")
    close = re.sub(r"\s+", "", plain)
    found = [(entry.signal, _words_in(plain, close, entry)) for entry in lexicon]
    return tuple(Proposed(signal, words) for signal, words in found if words)


def _words_in(plain: str, close: str, entry: LexiconEntry) -> tuple[str, ...]:
    even_denied = entry.signal in _EVEN_DENIED
    english = [word for word in entry.en if _is_said(_as_words(word), plain, _NOT_EN, even_denied)]
    chinese = [word for word in entry.zh if _is_said(re.escape(_folded(word)), close, _NOT_ZH, even_denied)]
    return (*english, *chinese)


def _folded(word: str) -> str:
    return unicodedata.normalize("NFKC", word).casefold()


def _as_words(phrase: str) -> str:
    inner = r"\s+".join(re.escape(word) for word in _folded(phrase).split())
    return rf"(?<![a-z0-9]){inner}(?![a-z0-9])"


def _is_said(pattern: str, text: str, denied: re.Pattern[str], even_denied: bool) -> bool:
    """Whether a word stands anywhere and is not denied there."""
    return any(
        even_denied or not denied.search(text[max(0, match.start() - _REACH) : match.start()])
        for match in re.finditer(pattern, text)
    )
