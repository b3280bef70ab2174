"""Simulated name servers and mail servers: what look-ups and probes of addresses come to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadsync.core.engine.enricher import Answer
from leadsync.core.practice.marks import DOMAIN, MARK
from leadsync.enrichers.email_dns import MailHosts
from leadsync.enrichers.email_replies import Reply
from leadsync.enrichers.email_verdict import Reason

if TYPE_CHECKING:
    import random

    from leadsync.core.engine.enricher import CallRequest

NO_DOMAIN, NO_SERVER = 0.04, 0.08
CATCH_ALL = 0.2
MAILBOX = 0.85
ADDRESS = "192.0.2.1"
"""An address of documentation (RFC 5737): nobody is there."""
_DETAIL = f"{MARK}nobody was asked"


class NameServer:
    """See `simulating.SimulatesCalls`."""

    def answer(self, request: CallRequest, chance: random.Random) -> Answer:
        """Where mail of a domain goes."""
        luck = chance.random()
        if luck < NO_SERVER:
            reason = Reason.NO_SUCH_DOMAIN if luck < NO_DOMAIN else Reason.NO_MAIL_SERVER
            found = MailHosts(reason, detail=_DETAIL)
        else:
            found = MailHosts(None, f"mx.{DOMAIN}", ADDRESS, _DETAIL)
        return Answer(200, found.to_json(), cost_usd_micros=0)


class MailServer:
    """See `simulating.SimulatesCalls`."""

    def answer(self, request: CallRequest, chance: random.Random) -> Answer:
        """What it says to a recipient."""
        is_made_up = request.operation == "catch_all"
        is_there = chance.random() < (CATCH_ALL if is_made_up else MAILBOX)
        reply = (
            Reply(250, f"2.1.5 {MARK}ok") if is_there else Reply(550, f"5.1.1 {MARK}no such user")
        )
        return Answer(200, reply.to_json(), cost_usd_micros=0)
