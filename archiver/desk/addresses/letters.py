"""The letters: their texts, writing one, one that is frozen, and how it went out."""

from __future__ import annotations

from archiver.desk.pages import letter_drafts, letter_texts, letters, letters_sending
from archiver.desk.routing import NUMBER, WHOLE, Route, route
from archiver.staff.roles import ATTEST, MANAGE_REQUESTS, VIEW_REQUESTS

_TEXT = r"/letters/(?P<language>[A-Za-z]{2,3}(?:-[A-Za-z]{2,8})?)/(?P<kind>[a-z-]{3,30})"
_LETTER = rf"{NUMBER}/letters/(?P<letter>\d{{1,15}})"

TABLE: tuple[Route, ...] = (
    route("/letters", get=(letter_texts.listed, VIEW_REQUESTS)),
    route(_TEXT, get=(letter_texts.one, VIEW_REQUESTS), post=(letter_texts.attest, ATTEST, WHOLE)),
    route(
        rf"{NUMBER}/letters/new",
        get=(letters.form, MANAGE_REQUESTS),
        post=(letters.preview, MANAGE_REQUESTS),
    ),
    route(rf"{NUMBER}/letters/draft", post=(letter_drafts.keep, MANAGE_REQUESTS)),
    route(rf"{NUMBER}/letters/draft/discard", post=(letter_drafts.discard, MANAGE_REQUESTS)),
    route(rf"{NUMBER}/letters/draft\.pdf", post=(letters.preview_paper, MANAGE_REQUESTS)),
    route(_LETTER, get=(letters_sending.show, VIEW_REQUESTS)),
    route(rf"{_LETTER}/letter\.pdf", get=(letters_sending.paper, VIEW_REQUESTS)),
    route(rf"{_LETTER}/letter\.eml", get=(letters_sending.message, MANAGE_REQUESTS)),
    route(rf"{_LETTER}/send", post=(letters_sending.send, MANAGE_REQUESTS)),
    route(rf"{_LETTER}/sent", post=(letters_sending.mark, MANAGE_REQUESTS)),
)
