"""What Google says when it does not do what it is asked, in our words.

Facts are of developers.google.com/workspace/sheets/api/limits and …/troubleshoot-api-errors, read
in November 2026.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from leadsync.core.errors import AccessError, InputError, LeadSyncError, ProviderError
from leadsync.enrichers.google_account import PERSON, SECRET

if TYPE_CHECKING:
    from collections.abc import Mapping

    from google.auth.exceptions import GoogleAuthError
    from requests import Response

SICK = frozenset({408, 500, 502, 503, 504})
RATE_WORDS = frozenset({"rateLimitExceeded", "userRateLimitExceeded", "RATE_LIMIT_EXCEEDED"})
_SIGN_IN_AGAIN = "leadsync keys set google --oauth CLIENT_FILE"


def is_throttled(response: Response) -> bool:
    """Whether Google asks to come back later: 429, or 403 for one of its rates."""
    return response.status_code == 429 or (
        response.status_code == 403 and bool(RATE_WORDS & _reasons(error_of(response)))
    )


def error_of(response: Response) -> Mapping[str, Any]:
    """Google's error object; empty where the answer has none."""
    try:
        body: Any = response.json()
    except ValueError:
        return {}
    found: Any = cast("dict[str, Any]", body).get("error") if isinstance(body, dict) else None
    return cast("Mapping[str, Any]", found) if isinstance(found, dict) else {}


def refusal(response: Response, what: str, who: str, *, reads: bool) -> LeadSyncError:
    """The error for an answer that is neither good nor worth another try.

    Args:
        response: Google's answer.
        what: what was asked for, as `the spreadsheet "Q4"`.
        who: the account, as people share files with it.
        reads: nothing would have been changed.
    """
    error = error_of(response)
    words = str(error.get("message") or f"Google answers with {response.status_code}")
    if response.status_code == 401:
        return AccessError(f"Google refuses the sign-in of {who}", next_step=_next_for(who))
    if response.status_code == 403:
        if "SERVICE_DISABLED" in _reasons(error):
            return AccessError(words, next_step="switch the Sheets API on for that project")
        return _not_allowed(what, who, reads=reads)
    if response.status_code == 404:
        return InputError(
            f"there is no {what.removeprefix('the ')}, or {who} may not see it",
            next_step=f"check the address; {_share(who)}",
        )
    if 400 <= response.status_code < 500:
        return InputError(f"{what}: {words}")
    return ProviderError(f"{what}: {words}", next_step="try again later")


def not_google(what: str) -> LeadSyncError:
    """The error for an answer that Google would not give: of a portal, or a wrong address."""
    return ProviderError(
        f"{what}: the answer is not Google's own", next_step="is the network's sign-in page open?"
    )


def sign_in_error(error: GoogleAuthError, who: str) -> LeadSyncError:
    """The error for a sign-in that did not come about."""
    from google.auth.exceptions import RefreshError

    if isinstance(error, RefreshError) and not getattr(error, "retryable", False):
        words = str(error.args[0]) if error.args else "no reason is given"
        return AccessError(
            f"Google refuses the sign-in of {who}: {words}", next_step=_next_for(who)
        )
    return ProviderError(
        f"Google's sign-in cannot be reached: {type(error).__name__}", next_step="try again later"
    )


def _not_allowed(what: str, who: str, *, reads: bool) -> AccessError:
    if not reads:
        return AccessError(f"{who} may not change {what}", next_step=_share(who))
    viewer = "; to pull alone, a viewer is enough" if who != PERSON else ""
    return AccessError(f"{who} may not read {what}", next_step=f"{_share(who)}{viewer}")


def _share(who: str) -> str:
    if who == PERSON:
        return f"sign in as somebody who may: {_SIGN_IN_AGAIN}"
    return f"share the file with {who} as an editor"


def _next_for(who: str) -> str:
    return (
        _SIGN_IN_AGAIN
        if who == PERSON
        else f"put a new file of the account where {SECRET} names it"
    )


def _reasons(error: Mapping[str, Any]) -> set[str]:
    entries: list[Any] = [*(error.get("errors") or ()), *(error.get("details") or ())]
    found = {cast("dict[str, Any]", e).get("reason") for e in entries if isinstance(e, dict)}
    return {str(reason) for reason in found if reason}
