"""The check of the key for AI columns: the list of models, which is free."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from leadsync.core.engine.http_reading import send
from leadsync.core.engine.key_checks import not_accepted
from leadsync.enrichers.ai_answer import PROVIDER
from leadsync.enrichers.ai_transport import KEY, server_of
from leadsync.enrichers.token_prices import read_prices

if TYPE_CHECKING:
    import httpx2

    from leadsync.core.engine.enricher import Settings


class OpenAI:
    """OpenAI, or the server that takes its place. See `key_checks.Provider`."""

    name = PROVIDER
    secret = KEY

    async def check_key(
        self, http: httpx2.AsyncClient, settings: Settings, key: str
    ) -> tuple[bool | None, str]:
        """Whether the server that columns ask takes the key, and has the usual model."""
        url = server_of("", settings).base_url
        answer = await send(
            http, "GET", f"{url}/models", headers={"Authorization": f"Bearer {key}"}
        )
        if answer.status != 200 or not isinstance(answer.body, dict):
            return not_accepted(url, answer)
        listed: Any = answer.body.get("data")
        models = cast("list[dict[str, Any]]", listed) if isinstance(listed, list) else []
        usual = settings.setting("LEADSYNC_AI_MODEL") or read_prices(settings.prices).default_model
        has_it = any(model.get("id") == usual for model in models)
        return (
            True,
            f'{len(models)} models at {url}, "{usual}" is {"" if has_it else "not "}among them',
        )
