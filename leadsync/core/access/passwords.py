"""Passwords: which are good enough, their hashes, and whether one is right.

bcrypt reads no more than 72 bytes, and since 5.0 it refuses longer ones; so do we, in words.
"""

from __future__ import annotations

import unicodedata
from functools import cache

from leadsync.core.errors import InputError

SHORTEST = 10  # characters
LONGEST_BYTES = 72
COST = 12  # 2^12 rounds: 0.2 s here (2 cores of 2026), so 5 guesses a second and core at most


def check_password(password: str, email: str = "") -> None:
    """Refuse a password that is guessed at once, or that bcrypt cannot read.

    Raises:
        InputError: what is wrong with it; the password itself is not said.
    """
    text = _normal(password)
    if len(text) < SHORTEST:
        raise InputError(
            f"a password has {SHORTEST} or more characters", next_step="four words are a good one"
        )
    if len(text.encode()) > LONGEST_BYTES or "\0" in text:
        raise InputError(f"a password has at most {LONGEST_BYTES} bytes, and none is zero")
    if len(set(text)) < 4:
        raise InputError("this password is guessed at once", next_step="take four words")
    if email and email.casefold() in text.casefold():
        raise InputError("this password has your e-mail in it", next_step="take four other words")


def hash_password(password: str, *, cost: int = COST) -> str:
    """The bcrypt hash of a password; takes 2^`cost` rounds."""
    import bcrypt

    return bcrypt.hashpw(_normal(password).encode(), bcrypt.gensalt(cost)).decode()


def is_password(password: str, password_hash: str) -> bool:
    """Whether a password is the one of that hash. An empty hash is of nobody, and takes as long."""
    import bcrypt

    given = _normal(password).encode()
    is_readable = len(given) <= LONGEST_BYTES and b"\0" not in given
    wanted = password_hash or _hash_of_nobody(COST)
    # Even what cannot be a password is hashed: how long it takes tells nobody anything.
    is_right = bcrypt.checkpw(given if is_readable else b"unreadable", wanted.encode())
    return is_right and is_readable and bool(password_hash)


@cache
def _hash_of_nobody(cost: int) -> str:
    """A hash to compare with where there is no such user: the answer takes as long then."""
    import bcrypt

    salt = bcrypt.gensalt(cost).decode()
    return f"{salt}{'.' * 31}"


def _normal(password: str) -> str:
    """One form of letters that keyboards write in two, as ü."""
    return unicodedata.normalize("NFKC", password)
