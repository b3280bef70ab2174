"""Patterns that would take for ever are refused; those that only look like them are not."""

from __future__ import annotations

import pytest

from leadsync.core.errors import InputError
from leadsync.core.query.patterns import portable


@pytest.mark.parametrize(
    "pattern",
    ["(a+)+$", "(a*)*b", "(?:a+)*b", "((a+))+b", "(x|a+)+b", "(a+b?)+c", "(a{1,9})*b", "(a+){2,}b",
     "([a-z]+)*1", "((ab)+c)+d"],
)  # fmt: skip
def test_a_repetition_of_what_repeats_is_refused(pattern: str) -> None:
    with pytest.raises(InputError, match="for ever"):
        portable(pattern)


@pytest.mark.parametrize(
    "pattern",
    ["a+b+", "(ab)+", "(a+)?b", "(a+)b", r"(\d{1,3}\.){3}\d", "(head|lead)+", "(a+)(b)+", "[(a+)]+",
     r"\(a+\)+", "(a{3})+", "a+?b", "(a)+(b)*"],
)  # fmt: skip
def test_other_repetitions_are_taken(pattern: str) -> None:
    portable(pattern)
