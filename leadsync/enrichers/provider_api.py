"""The HTTP interface of a provider: its address, its key, how it is asked and what that costs.

Most kinds are a description of a request for an `Api`, and of how to read its answer.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from leadsync.core.engine.enricher import CallRequest
from leadsync.core.engine.http_reading import send
from leadsync.core.engine.outcomes import Bill
from leadsync.enrichers.unit_prices import cost_of, price_note

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import httpx2

    from leadsync.core.engine.enricher import Answer, Context, Job, RateLimit, Settings
    from leadsync.core.engine.outcomes import Json

NOTHING: Mapping[str, float] = {}


@dataclass(frozen=True, slots=True)
class Ask:
    """One request to a provider.

    Attributes:
        operation: what it is called in the journal, such as "email-finder".
        path: after the base URL, beginning with a slash.
        params: of the query.
        body: sent as JSON; None sends none.
        min_units: the least that the provider counts for it (a miss), by unit.
        max_units: the most.
        is_repeatable: whether sending it again after a lost answer does no harm.
        is_cacheable: whether its answer may serve equal requests later.
        is_look: it asks for nothing new; see `enricher.CallRequest`.
        max_age_s: how old an answer may be that serves it; None: of any age.
    """

    operation: str
    method: str
    path: str
    params: Mapping[str, str] | None = None
    body: Json = None
    min_units: Mapping[str, float] | None = None
    max_units: Mapping[str, float] | None = None
    is_repeatable: bool = True
    is_cacheable: bool = True
    is_look: bool = False
    max_age_s: float | None = None
    rate_limit: RateLimit | None = None


@dataclass(frozen=True, slots=True)
class Api:
    """A provider's interface.

    Attributes:
        name: as the journal and `LEADSYNC_<NAME>_BASE_URL` have it: "hunter".
        secret: name of its key: "HUNTER_API_KEY".
        base_url: where it is unless the user sets another address.
        key_header: the header that carries the key, after `key_prefix`.
    """

    name: str
    secret: str
    base_url: str
    key_header: str
    key_prefix: str = ""

    def address(self, settings: Settings) -> str:
        """The base URL in force, without a slash at its end."""
        return (self.own_address(settings) or self.base_url).rstrip("/")

    def own_address(self, settings: Settings) -> str:
        """The address that the user has set; empty where it is the usual one."""
        return settings.setting(f"LEADSYNC_{self.name.upper()}_BASE_URL")

    def headers(self, key: str) -> dict[str, str]:
        """The headers that carry a key."""
        return {self.key_header: f"{self.key_prefix}{key}"}

    def request(self, ask: Ask, settings: Settings) -> CallRequest:
        """A request as the journal keeps it, with what it may cost at most."""
        sent: dict[str, Any] = {
            "baseUrl": self.address(settings), "method": ask.method, "path": ask.path,
        }  # fmt: skip
        if ask.params:
            sent["params"] = dict(ask.params)
        if ask.body is not None:
            sent["body"] = ask.body
        most = ask.max_units or NOTHING
        return CallRequest(
            provider=self.name,
            operation=ask.operation,
            body=sent,
            min_usd_micros=cost_of(self.name, ask.min_units or NOTHING, settings) or 0,
            max_usd_micros=cost_of(self.name, most, settings),
            is_repeatable=ask.is_repeatable,
            is_cacheable=ask.is_cacheable,
            is_look=ask.is_look,
            max_age_s=ask.max_age_s,
            rate_limit=ask.rate_limit,
            max_units=most,
            price_note=price_note(self.name, most),
        )

    async def call(
        self,
        jobs: Sequence[Job],
        ctx: Context,
        ask: Ask,
        counted: Callable[[Answer], Answer] = lambda answer: answer,
    ) -> Answer:
        """The answer to a request, of any status.

        Args:
            jobs: whom it is about.
            ctx: of the run.
            ask: the request.
            counted: sets `units` of an answer from the net (what the provider counted), and
                `is_reusable` or `is_miss` where they differ from the usual; the cost follows
                from the units.

        Raises:
            CallFailed: no answer came.
            AccessError: the key is missing.
        """
        request = self.request(ask, ctx)

        async def send_it() -> Answer:
            answer = counted(
                await self.send(ctx.http(self.name), ask, ctx, ctx.secret(self.secret))
            )
            return replace(answer, cost_usd_micros=self.cost(answer, request, ctx))

        return await ctx.call(jobs, request, send_it)

    def cost(self, answer: Answer, request: CallRequest, settings: Settings) -> int | None:
        """What an answer from the net has cost by its units; None: nobody knows.

        One that cannot be read does not say whether it was billed: it counts like a lost one.
        """
        is_told = answer.status >= 300 or not isinstance(answer.body, str)
        if is_told or request.max_usd_micros == 0:
            return cost_of(self.name, answer.units, settings)
        return None

    async def send(
        self, http: httpx2.AsyncClient, ask: Ask, settings: Settings, key: str
    ) -> Answer:
        """Send a request at once: neither cached nor journalled, so only what is free.

        Raises:
            httpx2.HTTPError: what the connection raised.
        """
        url = f"{self.address(settings)}{ask.path}"
        headers = self.headers(key)
        return await send(http, ask.method, url, headers=headers, params=ask.params, body=ask.body)


def bill_of(answer: Answer) -> Bill:
    """The bill of a job that stands on this answer alone."""
    call_ids = (answer.call_id,) if answer.call_id else ()
    return Bill(answer.cost_usd_micros, call_ids, answer.from_cache)
