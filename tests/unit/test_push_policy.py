"""Which verdicts about an address let a lead be pushed."""

from __future__ import annotations

import pytest

from leadsync.core.errors import InputError
from leadsync.core.models import Campaign
from leadsync.core.push_policy import (
    REASONS,
    PushPolicy,
    check_verdicts,
    odd_verdicts,
    push_policy,
    verdict_of,
)
from leadsync.enrichers.email_verdict import Reason

USUAL = PushPolicy()


@pytest.mark.parametrize(
    ("status", "reason", "why"),
    [
        ("deliverable", "mailbox_exists", ""),
        ("deliverable", None, ""),
        ("risky", "catch_all", ""),
        ("risky", "role", "verdict risky:role"),
        ("risky", None, "verdict risky"),
        ("unknown", "timeout", "verdict unknown:timeout"),
        ("undeliverable", "syntax", "verdict undeliverable:syntax"),
        (None, None, "not verified"),
        ("", "", "not verified"),
    ],
)
def test_the_usual_policy(status: str | None, reason: str | None, why: str) -> None:
    assert USUAL.refusal(status, reason) == why


def test_a_status_stands_for_all_its_reasons() -> None:
    assert USUAL.beside(["risky"]).refusal("risky", "role") == ""
    assert PushPolicy(frozenset({"risky:role"})).refusal("deliverable", "") != ""
    assert USUAL.beside(["unverified"]).refusal(None, None) == ""


def test_reasons_are_told_apart_in_any_capitals() -> None:
    strict = PushPolicy(frozenset({"deliverable:mailbox_exists"}))
    assert strict.refusal("deliverable", "mailbox_exists") == ""
    assert strict.refusal("deliverable", "low_score") == "verdict deliverable"
    typed = PushPolicy(frozenset(check_verdicts(["risky:AcceptAll"])))
    assert typed.refusal("risky", "AcceptAll") == typed.refusal("Risky", "acceptall") == ""


def test_the_policy_of_a_campaign_is_in_its_settings() -> None:
    assert push_policy(Campaign(1, "Q4", "")) == USUAL
    strict = Campaign(1, "Q4", "", {"policy": {"push": ["deliverable"]}})
    assert push_policy(strict).refusal("risky", "catch_all") == "verdict risky:catch_all"


def test_verdicts_are_read_as_people_type_them() -> None:
    assert check_verdicts(["Risky:role, unverified", "risky:role"]) == ("risky:role", "unverified")
    with pytest.raises(InputError, match='did you mean "unverified"'):
        check_verdicts(["unverfied"])


def test_verdicts_have_names() -> None:
    assert verdict_of("deliverable", "mailbox_exists") == "deliverable"
    assert verdict_of("risky", "catch_all") == "risky:catch_all"
    assert verdict_of(None, "catch_all") == "unverified"


def test_reasons_that_no_verification_gives_are_told_with_the_nearest() -> None:
    assert set(Reason) == set(REASONS)
    odd = list(odd_verdicts(["risky:catchall", "risky:role", "deliverable", "risky:nonsense"]))
    assert odd == [
        'no verification of ours gives the reason "catchall"; did you mean "catch_all"?',
        'no verification of ours gives the reason "nonsense"',
    ]
