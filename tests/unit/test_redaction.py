"""Keys are hidden wherever text is written down."""

from __future__ import annotations

import logging

import pytest

from leadsync.core.redaction import HIDDEN, RedactingFilter, Redactor

KEY = 'odd"key\\with-quotes'


def test_known_keys_are_hidden_in_text_and_json_names_and_values() -> None:
    redactor = Redactor([KEY, KEY + "-longer"])
    assert redactor.text(f"a {KEY} b {KEY}-longer") == f"a {HIDDEN} b {HIDDEN}"
    assert redactor.json({KEY: ["x", {"y": KEY}], "n": 1}) == {HIDDEN: ["x", {"y": HIDDEN}], "n": 1}


LIKE = [
    "sk-abcdefghijklmnop1234",
    "Authorization: Bearer abcdefgh12345678",
    "apify_api_" + "a" * 20,
    "lst_12_" + "a" * 43,
    "lss_7_" + "-_" * 21 + "x",
]


@pytest.mark.parametrize("text", LIKE)
def test_what_looks_like_a_key_is_hidden_though_nobody_knows_it(text: str) -> None:
    assert HIDDEN in Redactor().text(text)


def test_ordinary_words_stay_as_they_are() -> None:
    redactor = Redactor(["short"])
    plain = {"text": "a short task-list of the bearer of news: sk-8"}
    assert redactor.json(plain) is plain


def test_log_records_lose_keys_in_arguments_and_tracebacks() -> None:
    redactor = Redactor([KEY])
    error = ValueError(KEY)
    found = (ValueError, error, None)
    record = logging.LogRecord("x", logging.ERROR, "x.py", 1, "said %s", (KEY,), found)
    assert RedactingFilter(redactor).filter(record)
    shown = logging.Formatter().format(record)
    assert KEY not in shown
    assert shown.count(HIDDEN) == 2
