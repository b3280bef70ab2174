"""Small builders for tests of verification: a network of one machine, a column, its results."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from leadsync.core.columns.column_file import ColumnSpec
from leadsync.core.columns.definitions import add_column
from tests.contract.making import a_campaign, some_leads
from tests.reliability.run_making import a_workspace, enrich

if TYPE_CHECKING:
    from pathlib import Path

    from leadsync.core.engine.events import RunResult
    from leadsync.core.models import Column
    from leadsync.core.workspace import Workspace
    from tests.servers.dns_server import DNSServer
    from tests.servers.smtp_server import SMTPServer

OUTPUTS = {"status": "verify", "reason": "verify_reason"}
PROBE = {"smtp": True, "smtp_from": "ada@leadsync.de", "smtp_helo": "probe.leadsync.de"}


def a_network(
    dns: DNSServer, folder: Path, smtp: SMTPServer | None = None, store: str = "", **more: str
) -> Workspace:
    """A workspace whose name server and mail servers are ours; no command waits."""
    settings = {"LEADSYNC_DNS_NAMESERVERS": dns.address, "LEADSYNC_DNS_TIMEOUT_S": "1"}
    if smtp is not None:
        settings["LEADSYNC_SMTP_PORT"] = str(smtp.port)
    settings |= {"LEADSYNC_SMTP_PAUSE_S": "0", "LEADSYNC_SMTP_ALLOW_PRIVATE": "1"}
    return a_workspace("", folder, store, **(settings | more))


def leads(workspace: Workspace, *emails: str) -> list[int]:
    inbox = a_campaign(workspace.store)
    return some_leads(workspace.store, inbox, [{"email": email} for email in emails])


def a_verify_column(workspace: Workspace, **config: Any) -> Column:
    spec = ColumnSpec(key="verify", kind="email_verify", outputs=OUTPUTS, config=config)
    return add_column(workspace, spec)


def verified(workspace: Workspace) -> dict[str, dict[str, Any]]:
    """Results by address, as they are kept beside the cells."""
    column = workspace.column("verify")
    emails = dict(workspace.store.scan({}, ["id", "email"]))
    tasks = workspace.store.tasks(list(emails), [column.id])
    return {emails[task.lead_id]: task.meta["verification"] for task in tasks}


def reasons(workspace: Workspace) -> dict[str, str]:
    """Reasons by address, as the cells hold them."""
    rows = workspace.store.scan({}, ["email", "verify", "verify_reason"])
    return {email: f"{status} {reason}" for email, status, reason in rows}


def verify(workspace: Workspace, *emails: str, **config: Any) -> RunResult:
    leads(workspace, *emails)
    a_verify_column(workspace, **config)
    return enrich(workspace, "verify")
