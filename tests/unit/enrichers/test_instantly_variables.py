"""What the sequences of a campaign need, and which field of ours fills it."""

from __future__ import annotations

from typing import Any

import pytest

from leadsync.enrichers.instantly_config import InstantlyConfig, mapping_of, unfilled
from leadsync.enrichers.instantly_variables import standard_name, variables_of

CAMPAIGN = "0195a9d3-5b6a-7a11-8f0e-00000000000c"


def campaign(*texts: str, **variant: Any) -> dict[str, Any]:
    variants = [{"subject": "", "body": text, **variant} for text in texts]
    return {"sequences": [{"steps": [{"variants": variants}]}]}


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Hi {{firstName}}, {{ company pitch }}", ("firstName", "company pitch")),
        ("{{firstName}} {{firstName}}", ("firstName",)),
        ("{{firstName | there}} {{ RANDOM | a | b }}", ()),
        ("{{sendingAccountFirstName}} {{accountSignature}}", ()),
        ("no {variable} { {here} }", ()),
    ],
)
def test_variables_of_a_text(text: str, names: tuple[str, ...]) -> None:
    assert variables_of(campaign(text)) == names


def test_a_variant_that_is_switched_off_needs_nothing() -> None:
    assert variables_of(campaign("{{pitch}}", v_disabled=True)) == ()
    assert variables_of({}) == ()
    assert variables_of({"sequences": "none"}) == ()


@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("firstName", "first_name"), ("first_name", "first_name"), ("Company Name", "company_name"),
        ("personalization", "personalization"), ("pitch", "pitch"),
    ],
)  # fmt: skip
def test_variables_of_every_lead_are_fields(name: str, field: str) -> None:
    assert standard_name(name) == field


def config(**settings: Any) -> InstantlyConfig:
    return InstantlyConfig(campaign=CAMPAIGN, **settings)


def test_a_field_of_a_like_name_fills_a_variable() -> None:
    found = mapping_of(config(variables=("companyPitch",)), {"email", "company_pitch", "note"})
    assert found == {"company_pitch": "companyPitch"}


def test_what_the_user_chose_goes_first_and_a_name_is_filled_once() -> None:
    chosen = config(map={"opener": "personalization", "phone": ""}, variables=("personalization",))
    fields = {"email", "opener", "icebreaker", "phone", "title"}
    assert mapping_of(chosen, fields) == {"opener": "personalization", "title": "job_title"}


def test_variables_that_nothing_fills_are_named() -> None:
    needs = config(variables=("email", "firstName", "cta"))
    assert unfilled(needs, mapping_of(needs, {"email", "first_name"})) == ["cta"]


@pytest.mark.parametrize("text", ["", "Fall outreach", "0195a9d3"])
def test_a_campaign_is_named_by_its_id(text: str) -> None:
    with pytest.raises(ValueError, match="no id of a campaign"):
        InstantlyConfig(campaign=text)
