"""Instantly: what is shown is looked at, counted and pushed; what became of leads is pulled back."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from leadsync.core.sync.push_mapping import parse_mapping
from leadsync.core.sync.push_text import pull_lines, push_lines
from leadsync.core.sync.recent_campaign import recent_campaign
from leadsync.core.wording import plural
from leadsync.tui.actions.transfer import with_progress
from leadsync.tui.panels.outreach_panel import OutreachDraft, OutreachPanel

if TYPE_CHECKING:
    from collections.abc import Callable

    from leadsync.core.sync.pulling import Pulled
    from leadsync.core.sync.pushing import Push
    from leadsync.tui.desk import Desk
    from leadsync.tui.jobs import Job

    Told = Callable[[int, int], None]

TOOL = "instantly"
NOT_SENT = "stopped: nothing was sent"
NOT_PULLED = "stopped: nothing was pulled"


def begin_push(desk: Desk) -> None:
    """Choose a campaign at Instantly for the leads that are shown."""
    title = "Push what is shown to Instantly"
    draft = OutreachDraft(recent_campaign(desk.workspace, TOOL))
    desk.app.push_screen(OutreachPanel(desk, title, draft, lambda p, of: _look(desk, p, of)))


def begin_pull(desk: Desk) -> None:
    """Choose a campaign at Instantly to pull from."""
    draft = OutreachDraft(recent_campaign(desk.workspace, TOOL))
    panel = OutreachPanel(
        desk, "Pull from Instantly", draft, lambda p, of: _read(desk, p, of), pulls=True
    )
    desk.app.push_screen(panel)


# pushing ---------------------------------------------------------------------------------
def _look(desk: Desk, panel: OutreachPanel, draft: OutreachDraft) -> None:
    """Show what a push would send and what stays here, and ask."""
    from leadsync.core.sync.pushing import PushWish, prepare_push

    look = desk.model.look
    wish = PushWish(
        TOOL,
        look.campaign,
        draft.to,
        chosen=desk.model.selection(),
        mapping=parse_mapping(draft.mapping.split(",")),
        allow=tuple(word for word in draft.allow.split(",") if word.strip()),
        allow_missing=draft.allow_missing,
    )

    def work(told: Told) -> Push:
        found = prepare_push(desk.workspace, wish)
        told(1, 1)  # it may have been stopped meanwhile
        return found

    def looked(push: Push) -> None:
        lines = list(push_lines(push))
        if not push.plan.cells:
            desk.read("Nothing to send", "\n".join(lines))
            return
        verb = f"Send {plural(push.sends, 'lead')}" if push.sends else "Write down what is there"
        desk.confirm("Push to Instantly", lines, verb, lambda: _push(desk, panel, push))

    with_progress(desk, panel, "Looking at the campaign", NOT_SENT, work, looked)


def _push(desk: Desk, panel: OutreachPanel, push: Push) -> None:
    from leadsync.core.sync.pushing import drive_push, start_push

    def work() -> Job:
        run = start_push(desk.workspace, push)
        drive = partial(drive_push, lead_ids=push.plan.columns[0].leads)
        return desk.jobs.begin(run, f"push to {push.target.name}", drive)

    def begun(job: Job) -> None:
        desk.say(f"pushing as run {job.run_id}; X stops it, gj shows it")

    panel.dismiss(None)
    desk.write(work, begun)


# pulling ---------------------------------------------------------------------------------
def _read(desk: Desk, panel: OutreachPanel, draft: OutreachDraft) -> None:
    """Bring back what became of the leads, and say it."""
    from leadsync.core.sync.pulling import pull

    campaign = desk.model.look.campaign

    def work(told: Told) -> Pulled:
        return pull(
            desk.workspace, TOOL, draft.to, campaign=campaign, on_page=lambda _n: told(0, 0)
        )

    def pulled(found: Pulled) -> None:
        panel.dismiss(None)
        desk.live.look_now()
        desk.say("; ".join(line.strip() for line in pull_lines(found)))

    with_progress(desk, panel, "Reading the campaign", NOT_PULLED, work, pulled)
