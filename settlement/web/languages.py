"""The language of an answer: the reader's, if it is one of ours."""

from flask import request

from settlement.decision.phrases import LANGUAGES


def read_language() -> str:
    """The one of ours that the reader likes best, by its first subtag: zh-CN is zh. Else en."""
    liked = (tag.partition("-")[0].lower() for tag, quality in request.accept_languages if quality > 0)
    return next((language for language in liked if language in LANGUAGES), LANGUAGES[0])
