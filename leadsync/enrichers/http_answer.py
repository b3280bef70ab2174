"""The reading of an HTTP column's answers by JMESPath: what they mean, and what they hold.

What an answer means (success, no_match, error, handle, done, failed) is looked for in
`{status, headers, body}`; what it holds (value, outputs, results) in the body.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, cast

from leadsync.core.engine.http_outcomes import one_line, outcome_of_failure
from leadsync.core.engine.http_reading import is_readable, message_of, unreadable
from leadsync.core.engine.outcomes import Bill, Held, Invalid, NoMatch, Value
from leadsync.enrichers.http_request import ANYWHERE, provider_of
from leadsync.enrichers.match_rule import match_items

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from leadsync.core.engine.enricher import Answer, Job
    from leadsync.core.engine.outcomes import Json, Outcome
    from leadsync.enrichers.http_config import HttpConfig

logger = logging.getLogger(__name__)

_NOTHING: tuple[Json, ...] = (None, "", [], {})


class Misfit(Exception):
    """A path does not fit what an answer holds."""


def search(path: str, found: Any) -> Any:
    """What a path finds.

    Raises:
        Misfit: a function in it does not fit what is there.
    """
    import jmespath
    from jmespath.exceptions import JMESPathError

    try:
        return jmespath.search(path, found)  # type: ignore[no-untyped-call]  # has no types
    except JMESPathError as error:
        raise Misfit(f"{path}: {str(error).splitlines()[0]}") from error


def holds(path: str, found: Any) -> bool:
    """Whether a condition holds; of what is no truth value, whether there is something."""
    value = search(path, found)
    return value is not False and not any(value is n or value == n for n in _NOTHING)


def failure_of(config: HttpConfig, answer: Answer, bill: Bill) -> Outcome | None:
    """The outcome of an answer that holds no result; None: it is a good one.

    Raises:
        Misfit: a path does not fit.
    """
    whole = whole_of(answer)
    if config.no_match and holds(config.no_match, whole):
        return NoMatch(bill)
    words = words_of(config, answer)
    is_good = holds(config.success, whole) if config.success else 200 <= answer.status < 300
    if not is_good:
        return refusal_of(config, answer, words, bill)
    if not is_readable(answer):
        return unreadable(provider_of(config.url), answer, "it is no JSON", bill=bill)
    if words and not config.success:
        return Invalid(f"{provider_of(config.url)} says: {words}", bill)
    return None


def outcomes_of(
    config: HttpConfig, answer: Answer, jobs: Sequence[Job], bill: Bill
) -> Iterator[tuple[Job, Outcome]]:
    """The outcome of each job by a good answer.

    Raises:
        Misfit: a path does not fit.
    """
    if config.batch_size == 1:
        (job,) = jobs
        yield job, _result(config, answer.body, answer, bill)
        return
    items = search(config.results, answer.body)
    assert config.match is not None
    if not isinstance(items, list):
        raise Misfit(f"{config.results} gives no list")
    matched = match_items(config.match, cast("list[Json]", items), jobs)
    if matched.without_lead:
        logger.warning(
            "%s: %d items without a lead", provider_of(config.url), len(matched.without_lead)
        )
    for job, share in zip(jobs, shares_of(bill, len(jobs)), strict=True):
        found = matched.by_lead.get(job.lead_id)
        yield job, _item_outcome(config, found[0], answer, share) if found else NoMatch(share)


def whole_of(answer: Answer, body: Json = None) -> dict[str, Any]:
    """What conditions look at."""
    found = answer.body if body is None else body
    return {"status": answer.status, "headers": dict(answer.headers), "body": found}


def words_of(config: HttpConfig, answer: Answer, body: Json = None) -> str:
    """The words that say what is wrong; empty where there are none.

    Raises:
        Misfit: the path does not fit.
    """
    found = search(config.error, whole_of(answer, body)) if config.error else None
    if found is None or found is False or found in _NOTHING:
        return ""
    return one_line(found if isinstance(found, str) else str(found))


def refusal_of(config: HttpConfig, answer: Answer, words: str, bill: Bill) -> Outcome:
    """The outcome of an answer that says no, by its status and the words in it."""
    provider, status = provider_of(config.url), answer.status
    said = words or message_of(answer.body)
    if 200 <= status < 300:
        return Invalid(f"{provider} says: {said}" if said else "the answer is no success", bill)
    if 300 <= status < 400:
        where = "further, or to where it is not followed" if config.redirects else "elsewhere"
        return Invalid(f"{provider} redirects {where} ({status}); redirects = true follows", bill)
    if status == 404 and config.method in ("GET", "HEAD"):
        return NoMatch(bill)
    outcome = outcome_of_failure(provider, status, said, headers=answer.headers, bill=bill)
    if isinstance(outcome, Held) and provider == ANYWHERE:
        return Invalid(outcome.detail, bill)  # one lead's host holds nobody else's
    return outcome


def shares_of(bill: Bill, number: int) -> Iterator[Bill]:
    """The bill of a call, divided among the jobs that it was about."""
    cost = bill.cost_usd_micros
    for index in range(number):
        share = None if cost is None else cost // number + (index < cost % number)
        yield Bill(share, bill.call_ids, bill.from_cache)


def parts_of(config: HttpConfig, answer: Answer, jobs: Sequence[Job]) -> dict[int, Json]:
    """What a good answer says of each lead: all of it, or its item of a batch."""
    if config.batch_size == 1:
        return {job.lead_id: answer.body for job in jobs}
    items = search(config.results, answer.body)
    assert config.match is not None
    matched = match_items(config.match, cast("list[Json]", items), jobs)
    return {lead_id: found[0] for lead_id, found in matched.by_lead.items()}


def outcome_of_part(config: HttpConfig, answer: Answer, bill: Bill) -> Outcome:
    """The outcome of what is kept of an answer about one lead.

    Raises:
        Misfit: a path does not fit.
    """
    return _item_outcome(config, answer.body, answer, bill)


def _item_outcome(config: HttpConfig, item: Json, answer: Answer, bill: Bill) -> Outcome:
    if config.no_match and holds(config.no_match, whole_of(answer, item)):
        return NoMatch(bill)
    if words := words_of(config, answer, item):
        return Invalid(f"{provider_of(config.url)} says: {words}", bill)
    return _result(config, item, answer, bill)


def _result(config: HttpConfig, body: Json, answer: Answer, bill: Bill) -> Outcome:
    result: Any
    if config.outputs:
        result = {o.name: search(o.path or o.name, body) for o in config.outputs}
        is_empty = all(part in _NOTHING for part in result.values())
    else:
        result = search(config.value, body) if config.value else body
        is_empty = result in _NOTHING
    if is_empty and isinstance(body, str) and body and (config.outputs or config.value):
        return unreadable(provider_of(config.url), answer, "it is no JSON", bill=bill)
    return NoMatch(bill) if is_empty else Value(result, bill)
