"""Whatever is made up, it is not what was handed out."""

from __future__ import annotations

import time

from hypothesis import example, given
from hypothesis import strategies as st

from leadsync.core.access.bearer import (
    bearer,
    hash_of,
    is_secret_of,
    new_secret,
    parse_bearer,
)
from leadsync.core.access.kinds import SESSIONS, TOKENS
from leadsync.core.access.passwords import COST, hash_password, is_password
from leadsync.core.redaction import HIDDEN, Redactor

SECRET = new_secret()
HANDED_OUT = bearer(TOKENS, 7, SECRET)
CHEAP = hash_password("correct horse battery", cost=4)


def lets_in(text: str) -> bool:
    """Whether a text is the token that was handed out."""
    parts = parse_bearer(text)
    return (
        parts is not None and parts[:2] == (TOKENS, 7) and is_secret_of(parts[2], hash_of(SECRET))
    )


@given(st.text())
@example("")
@example(SECRET)
@example(HANDED_OUT.swapcase())
@example(HANDED_OUT + "\u0000")
@example(HANDED_OUT.replace("lst_7_", "lst_\u0667_"))  # an Arabic seven
@example(bearer(SESSIONS, 7, SECRET))
def test_a_text_that_was_not_handed_out_lets_nobody_in(text: str) -> None:
    assert lets_in(text) == (text.strip() == HANDED_OUT)


@given(st.integers(0, len(HANDED_OUT) - 1), st.characters(codec="ascii"))
def test_one_other_letter_is_another_token(at: int, letter: str) -> None:
    text = HANDED_OUT[:at] + letter + HANDED_OUT[at + 1 :]
    assert lets_in(text) == (text.strip() == HANDED_OUT)


@given(st.sampled_from([SESSIONS, TOKENS]), st.integers(1, 10**9))
def test_what_is_handed_out_is_known_again_and_hidden_in_logs(kind: str, number: int) -> None:
    secret = new_secret()
    text = bearer(kind, number, secret)
    assert parse_bearer(text) == (kind, number, secret)
    assert Redactor().text(f"of {text}, of") == f"of {HIDDEN}, of"


def test_a_password_of_nobody_takes_as_long_as_a_wrong_one_of_somebody() -> None:
    real = hash_password("correct horse battery", cost=COST)

    def seconds(password_hash: str) -> float:
        is_password("wrong", password_hash)  # makes the hash of nobody, once
        began = time.process_time()
        assert not is_password("wrong wrong wrong", password_hash)
        return time.process_time() - began

    assert 0.5 < seconds(real) / seconds("") < 2


@given(st.text(max_size=100))
def test_any_text_may_be_tried_as_a_password(password: str) -> None:
    assert is_password(password, CHEAP) == (password == "correct horse battery")
