"""The talk of a policy: lines by code, in variants by mood and channel; words that hint at signals."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, get_args

from settlement.complaint import Case, Mood
from settlement.rules.types import Text

PARTS = ("facts", "emotion", "interest")
"""What a line speaks of, in the order in which it is said."""

MOODS = tuple(Mood)
CHANNELS: tuple[str, ...] = get_args(Case.model_fields["channel"].annotation)

FIRST_WORDS = ("facts_back", "emotion_named", "gesture_first", "what_we_give", "explain_cause")
"""Lines that the decision names already; they fill no slot."""

WRONGS = ("wrong_promise", "wrong_waiting", "wrong_product", "wrong_service", "wrong_communication")
"""The one thing that went wrong, as a clause: "I am sorry that …"."""

SLOTS: Mapping[str, frozenset[str]] = {
    **dict.fromkeys((*FIRST_WORDS, *WRONGS), frozenset()),
    "split_demand": frozenset(),
    "sorry_that": frozenset({"wrong"}),
    "keep_warm": frozenset(),
    "other_form": frozenset({"amount"}),
    "part_blocked": frozenset({"amount"}),
    "you_get_the_offer": frozenset({"amount"}),
    "apology_one_level_up": frozenset(),
    "reason": frozenset({"reason"}),
    "accept_by": frozenset({"amount", "stands_until"}),
    "which_is_nearest": frozenset(),
    "what_is_missing": frozenset(),
    "settle_today": frozenset(),
    "confirm_solved": frozenset(),
    "remind": frozenset(),
    "thank": frozenset(),
    "promise_date": frozenset({"due"}),
    "prevention": frozenset({"prevention"}),
    "offer_stands_until": frozenset({"amount", "stands_until"}),
    "outside_routes": frozenset(),
    "owed_is_paid": frozenset(),
    "stay_with_you": frozenset(),
    "hand_over": frozenset(),
}
"""Every line that advice can name, with the slots that the record can fill where it is said."""

Signal = Literal[
    "complaint",
    "negative_words",
    "asks_escalation",
    "threatens_publicity",
    "vulnerable",
    "legal",
    "safety",
    "violence",
    "extortion",
    "self_harm",
]
SIGNALS: tuple[str, ...] = get_args(Signal)
"""What free text may hint at, and a person may confirm."""


@dataclass(frozen=True, slots=True)
class TalkLine:
    """One line of talk, or a variant of it.

    part      facts, emotion or interest; None for a clause or a question that stands anywhere
    mood      the mood that it suits; None means all
    channels  the channels that it suits; empty means all
    """

    code: str
    part: str | None
    mood: str | None
    channels: tuple[str, ...]
    text: Text

    def suits(self, mood: str, channel: str) -> bool:
        return self.mood in (None, mood) and (not self.channels or channel in self.channels)


@dataclass(frozen=True, slots=True)
class LexiconEntry:
    """Words of either language that hint at a signal."""

    signal: str
    en: tuple[str, ...]
    zh: tuple[str, ...]


def choose_line(variants: Iterable[TalkLine], mood: str, channel: str) -> TalkLine:
    """The most specific variant that suits: by mood and channel, by mood, by channel, the plain one."""
    suited = [line for line in variants if line.suits(mood, channel)]
    return max(suited, key=lambda line: (line.mood is not None, bool(line.channels)))


def plain_line(variants: Iterable[TalkLine]) -> TalkLine:
    """The variant for every mood and channel; each code has one."""
    return next(line for line in variants if line.mood is None and not line.channels)
