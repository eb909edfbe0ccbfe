"""Numbers of money: payment cards, bank accounts and their routing numbers, utility accounts."""

from __future__ import annotations

import re
from collections.abc import Iterator

from stdnum import iban, luhn
from stdnum.us import rtn

from archiver.requests.finding.contexts import (
    BANK,
    CARD,
    NOT_PERSONAL,
    ROUTING,
    UTILITY,
    words,
)
from archiver.requests.finding.found import Found, PersonalKind
from archiver.requests.finding.patterns import pattern

_CARD = pattern(r"(?<![\w$€./-])(?<!\d )\d(?:[ -]?\d){12,18}+(?![\w%]|[-./ ]\d)")
_ISSUERS = (
    ("Visa", (13, 16, 19), ((4, 4),)),
    ("Mastercard", (16,), ((51, 55), (2221, 2720))),
    ("American Express", (15,), ((34, 34), (37, 37))),
    ("Discover", (16, 19), ((6011, 6011), (644, 649), (65, 65))),
    ("Diners Club", (14,), ((300, 305), (36, 36), (38, 39))),
    ("JCB", (16,), ((3528, 3589),)),
    ("UnionPay", (16, 17, 18, 19), ((62, 62),)),
)
_IBAN = pattern(r"(?<![\w-])[A-Z]{2}\d\d(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,4})?(?!\w)")
_ROUTING = pattern(r"(?<![\w$./-])\d{4}[ -]?\d{4}[ -]?\d(?![\w-])")
_ACCOUNT_WORD = words(
    *("account", "accounts", "acct", "acc", "acct#", "account number", "account no", "a/c"),
    *("customer number", "customer id", "customer no", "service account", "cuenta", "cta"),
    *("numero de cuenta", "numero de cliente", "账号", "帳號", "账户", "帳戶", "户号", "戶號"),
    *("số tài khoản", "tài khoản", "mã khách hàng", "stk", "account ko", "계좌", "고객번호"),
    *("계정", "account number ko"),
)
_ACCOUNT = pattern(
    rf"(?:{_ACCOUNT_WORD})"
    r"(?:[ :#.=-]|is|no|num|number|numero|es|ending in|de|la|mi|del|for|at|ay|은|는|是|为|為|agua"
    r"|water|utility|bank|checking|savings|luz|banco|bancaria|cheques|ahorros|tubig|kuryente|sa|sewer|trash|electric|servicio|khoan|nuoc|toi|cua|ko|ang|so|la"
    r"){0,12}+"
    r"(?P<number>[A-Z]{0,3}+\d(?:[ -]?\d){4,17}+(?:-[A-Z0-9]{1,3})?+)(?![\w%]|[./]\d)",
    any_case=True,
)


def money_numbers(text: str) -> Iterator[Found]:
    """Cards, accounts and routing numbers of a folded text."""
    for match in _CARD.finditer(text):
        issuer = _issuer(match.group())
        said = CARD.near(text, *match.span())
        if issuer and (said or not NOT_PERSONAL.before(text, match.start(), 28)):
            reason = f"a number of {issuer}'s range whose check digit fits"
            yield Found(*match.span(), PersonalKind.CARD, reason)
    for match in _IBAN.finditer(text):
        length = _longest_iban(match.group())
        if length:
            start = match.start()
            reason = "an international bank account number whose check digits fit"
            yield Found(start, start + length, PersonalKind.IBAN, reason)
    for match in _ROUTING.finditer(text):
        if ROUTING.near(text, *match.span()) and rtn.is_valid(re.sub(r"\D", "", match.group())):
            reason = "a routing number whose check digit fits, beside a word for one"
            yield Found(*match.span(), PersonalKind.ROUTING, reason)
    for match in _ACCOUNT.finditer(text):
        yield _account(text, match)


def tokens_fitting(text: str, own: re.Pattern[str]) -> Iterator[Found]:
    """What fits the city's own pattern of utility accounts, token by token (40 characters at most).

    The pattern's language is bounded where settings are read (`config.Requests`).
    """
    for match in _TOKEN.finditer(text):
        token = match.group().rstrip(".-/")
        if token and own.fullmatch(token):
            start = match.start()
            reason = "written like the city's own utility accounts (archive.toml)"
            yield Found(start, start + len(token), PersonalKind.UTILITY_ACCOUNT, reason)


_TOKEN = pattern(r"(?<![\w./-])[A-Za-z0-9][A-Za-z0-9./-]{2,39}+(?![\w-])")


def _issuer(written: str) -> str | None:
    digits = re.sub(r"\D", "", written)
    if not luhn.is_valid(digits) or len(set(digits)) < 2:
        return None
    for name, lengths, ranges in _ISSUERS:
        if len(digits) in lengths and any(
            low <= int(digits[: len(str(low))]) <= high for low, high in ranges
        ):
            return name
    return None


def _longest_iban(written: str) -> int:
    """How much of a candidate is an IBAN; what follows it may be words in capitals."""
    ends = [at for at in range(len(written), 14, -1) if at == len(written) or written[at] == " "]
    return next((end for end in ends if iban.is_valid(written[:end])), 0)


def _account(text: str, match: re.Match[str]) -> Found:
    start, end = match.span("number")
    around = max(0, match.start() - 40), end
    if BANK.words.search(text, *around) or ROUTING.words.search(text, *around):
        return Found(
            start, end, PersonalKind.BANK_ACCOUNT, "follows a word for an account at a bank"
        )
    if UTILITY.near(text, match.start(), end) or UTILITY.words.search(match.group()):
        reason = "follows a word for an account, beside a word for water, power or a bill"
    else:
        reason = "follows a word for an account"
    return Found(start, end, PersonalKind.UTILITY_ACCOUNT, reason)
