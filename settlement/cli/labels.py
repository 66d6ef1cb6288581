"""Labels of the printed pages, by kind and code, in the reader's language."""

import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from settlement.dates import read_duration

if TYPE_CHECKING:
    from settlement.rules.types import Text


@cache
def _labels() -> Mapping[str, Mapping[str, "Text"]]:
    from settlement.decision.phrases import own_texts
    from settlement.rules.types import Text

    data = tomllib.loads((Path(__file__).parent / "labels.toml").read_text("utf-8"))
    own = {kind: {code: Text(**text) for code, text in texts.items()} for kind, texts in data.items()}
    kinds = ("clock", "head", "signal", "step", "talk_state", "unit")
    return own | {kind: own_texts()[kind] for kind in kinds}


class Labels:
    """The labels in one language."""

    def __init__(self, language: str) -> None:
        self.language = language

    def __call__(self, kind: str, code: str, *values: object) -> str:
        """A label with its values put in; a code without a label stands for itself."""
        label = _labels()[kind].get(code)
        return code if label is None else label.in_language(self.language).format(*values)

    def knows(self, kind: str, code: str) -> bool:
        return code in _labels()[kind]

    def duration(self, text: str) -> str:
        """A time limit such as "3 wd" in words; any other text as it is."""
        from settlement.decision.phrases import duration_text

        limit = read_duration(text)
        return text if limit is None else duration_text(limit, self.language)

    def clauses(self, texts: Iterable[str]) -> str:
        """Several remarks in one sentence."""
        return ("，" if self.language == "zh" else ", ").join(texts)

    def listed(self, texts: Iterable[object]) -> str:
        """Several things of one sort in a row."""
        return ("、" if self.language == "zh" else ", ").join(str(text) for text in texts)
