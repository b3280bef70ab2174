"""Whatever a server answers, reading it ends in outcomes: no error gets out, no lead is left out."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leadsync.core.engine.enricher import Answer, Job
from leadsync.core.engine.outcomes import Held, Invalid, NoMatch, Pending, Refused, Retry, Value
from leadsync.core.models import Column
from leadsync.enrichers.http_config import HttpConfig
from leadsync.enrichers.http_first import first_outcomes, judged
from leadsync.enrichers.http_late import Waiting, late_outcomes

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["data", "mail", "text", "state", "id"]), inner)
    ),
    max_leaves=12,
)
ANSWERS = st.builds(
    Answer,
    status=st.sampled_from([200, 201, 202, 204, 302, 400, 401, 402, 404, 429, 451, 500, 599]),
    body=JSON,
    headers=st.dictionaries(st.sampled_from(["x", "retry-after", "location"]), st.text(max_size=5)),
    cost_usd_micros=st.sampled_from([0, 7, None]),
)
PATHS = st.sampled_from(
    ["", "text", "data[0].text", "length(text)", "data[*].mail | [0]", "sort(data)", "@", "'x'"]
)
CONDITIONS = st.sampled_from(
    ["", "body.state == 'done'", "status == `200`", "length(body) > `1`", "contains(body, 'x')"]
)


def a_job(lead_id: int) -> Job:
    values: dict[str, Any] = {"email": f"p{lead_id}@x.de"}
    return Job(lead_id, Column(1, "asked", "Asked", "http"), values)


@st.composite
def configs(draw: st.DrawFn) -> HttpConfig:
    mode = draw(st.sampled_from(["sync", "poll", "callback"]))
    given: dict[str, Any] = {"url": "https://x.example/", "method": "POST", "mode": mode}
    given |= {name: draw(CONDITIONS) for name in ("success", "no_match", "error")}
    given["value"] = draw(PATHS)
    if mode == "poll":
        given |= {"handle": "body.id", "poll_url": "https://x.example/{{ handle }}"}
        given["done"] = draw(CONDITIONS) or "body.state"
    if draw(st.booleans()):
        given |= {"batch_size": 5, "item": "{}", "results": draw(PATHS) or "data"}
        given["match"] = {"item": "mail", "field": "email", "compare": "email"}
    return HttpConfig.model_validate(given)


@settings(max_examples=400)
@given(configs(), ANSWERS)
def test_any_answer_ends_in_one_outcome_a_lead_and_no_more_is_booked_than_was_paid(
    config: HttpConfig, answer: Answer
) -> None:
    jobs = [a_job(n) for n in range(3 if config.batch_size > 1 else 1)]
    callback = Waiting("", "1-1-ab", 99.0) if config.mode == "callback" else None
    found = first_outcomes(config, answer, jobs, callback, 1.0)
    assert [job for job, _ in found] == jobs
    kinds = (Value, NoMatch, Pending, Retry, Held, Refused, Invalid)
    assert all(isinstance(outcome, kinds) for _, outcome in found)
    billed = [o.bill.cost_usd_micros or 0 for _, o in found if not isinstance(o, (Retry, Held))]
    assert sum(billed) <= (answer.cost_usd_micros or 0)
    late = late_outcomes(config, judged(config, answer, jobs), jobs, Waiting("7", "", 99.0), 1.0)
    assert [job for job, _ in late] == jobs


@pytest.mark.parametrize("value", [0, False, "x", [0], {"a": 1}], ids=json.dumps)
def test_what_is_there_is_a_value_also_where_it_is_no_or_nought(value: Any) -> None:
    config = HttpConfig(url="https://x.example/", value="text")
    ((_, outcome),) = first_outcomes(config, Answer(200, {"text": value}), [a_job(1)], None, 1.0)
    assert isinstance(outcome, Value)
    assert outcome.result == value


@pytest.mark.parametrize("value", [None, "", [], {}], ids=json.dumps)
def test_what_is_empty_is_no_match(value: Any) -> None:
    config = HttpConfig(url="https://x.example/", value="text")
    ((_, outcome),) = first_outcomes(config, Answer(200, {"text": value}), [a_job(1)], None, 1.0)
    assert isinstance(outcome, NoMatch)
