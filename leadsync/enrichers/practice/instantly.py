"""A simulated Instantly: verdicts about addresses, and the workspace of a key."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadsync.core.practice.marks import MARK
from leadsync.core.practice.simulating import Told

if TYPE_CHECKING:
    from leadsync.core.practice.simulating import Asked

INVALID = 0.15
CATCH_ALL = 0.1


class Instantly:
    """See `simulating.SimulatesHttp`."""

    def tell(self, asked: Asked) -> Told:
        """A verdict; whatever would send or change something is refused."""
        if asked.path.endswith("/workspaces/current"):
            return Told({"name": f"{MARK}workspace"})
        if "/email-verification" in asked.path:
            word = "invalid" if asked.happens(INVALID) else "verified"
            verdict = {"verification_status": word, "catch_all": asked.happens(CATCH_ALL)}
            return Told({"status": "success", "credits": 500, "credits_used": 1, **verdict})
        words = f"{MARK}nothing is pushed from practice"
        return Told({"statusCode": 400, "error": "Bad Request", "message": words}, 400)
