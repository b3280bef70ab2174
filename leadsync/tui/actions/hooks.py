"""Hooks: the addresses at which leads and events come in, listed, made, renewed and removed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadsync.core.access.rights import Right
from leadsync.core.inbound.hook_settings import HookSettings, parse_fields
from leadsync.core.inbound.hooks import (
    add_hook,
    kinds_of_hooks,
    list_hooks,
    remove_hook,
    renew_hook,
    url_of,
)
from leadsync.tui.panels.form import Form
from leadsync.tui.panels.picker import Choice

if TYPE_CHECKING:
    from collections.abc import Sequence

    from leadsync.core.inbound.hooks import Hook, NewHook
    from leadsync.tui.desk import Desk

NEW, RENEW, REMOVE = "ctrl+n", "ctrl+r", "ctrl+d"
ADD = "+"


def show_hooks(desk: Desk) -> None:
    """All hooks, to look at, renew or remove one, or to add another."""
    desk.ask_store("hooks", lambda: list_hooks(desk.workspace.store), lambda h: _pick(desk, h))


def begin_hook(desk: Desk) -> None:
    """A form for a new hook; its address is shown once it is made."""

    def store(texts: dict[str, str]) -> None:
        form.send(desk, lambda: _made(desk, texts), lambda hook: _tell(desk, hook))

    campaign = desk.model.look.campaign or ""
    kinds = ", ".join(kinds_of_hooks())
    fields = [
        ("name", "Name", ""),
        ("kind", "Kind", "form"),
        ("campaign", "Campaign", campaign),
        ("map", "Name=field, …", ""),
        ("header", "Secret header", ""),
        ("signed", "Signed with key", ""),
    ]
    form = Form(f"New hook; kinds: {kinds}", fields, store)
    desk.app.push_screen(form)


def _made(desk: Desk, texts: dict[str, str]) -> NewHook:
    pairs = [pair for pair in texts.get("map", "").split(",") if pair.strip()]
    settings = HookSettings(
        texts.get("header", "").strip(), texts.get("signed", "").strip(), parse_fields(pairs)
    )
    return add_hook(
        desk.workspace, texts.get("name", ""), texts.get("kind", "form").strip(), settings,
        campaign=texts.get("campaign", ""),
    )  # fmt: skip


def _pick(desk: Desk, hooks: Sequence[Hook]) -> None:
    choices = [Choice(hook.name, hook.name, hook.kind) for hook in hooks]
    choices.append(Choice(ADD, "Add a hook", "Ctrl+N"))

    def chosen(key: str, name: str) -> None:
        if key == NEW or name == ADD:
            desk.do("files.add_hook")
        elif key == RENEW:
            _renew(desk, name)
        elif key == REMOVE:
            _remove(desk, name)
        else:
            desk.read(name, _story(desk, next(hook for hook in hooks if hook.name == name)))

    footer = "Enter: show   Ctrl+R: renew   Ctrl+D: remove   Ctrl+N: add"
    desk.pick("Hooks", choices, chosen, footer=footer, keys=(NEW, RENEW, REMOVE))


def _renew(desk: Desk, name: str) -> None:
    desk.workspace.require(Right.ADMIN, "renew hooks")
    desk.confirm(
        f"New address for {name}",
        ["the old one is nothing from then on: who sends there has to be told"],
        "Make it",
        lambda: desk.write(lambda: renew_hook(desk.workspace, name), lambda h: _tell(desk, h)),
    )


def _remove(desk: Desk, name: str) -> None:
    desk.workspace.require(Right.ADMIN, "close hooks")

    def gone(hook: Hook) -> None:
        desk.say(f"hook {hook.name} removed; u brings it back")

    desk.confirm(
        f"Remove {name}",
        ["its address is nothing from then on; what came by it stays"],
        "Remove it",
        lambda: desk.write(lambda: remove_hook(desk.workspace, name), gone),
    )


def _tell(desk: Desk, made: NewHook) -> None:
    lines = ["Shown now and never again:", "", url_of(made, desk.workspace.config)]
    if made.header_secret:
        lines.append(f"{made.hook.header}: {made.header_secret}")
    lines += ["", "leadsync serve takes what comes there."]
    desk.read(f"Hook {made.hook.name}", "\n".join(lines))


def _story(desk: Desk, hook: Hook) -> str:
    campaigns = {c.id: c.name for c in desk.workspace.store.campaigns()}
    facts = {
        "Kind": hook.kind,
        "Campaign": campaigns.get(hook.campaign_id, "all"),
        "Fills": ", ".join(f"{key} from {name}" for name, key in hook.fields.items()),
        "Secret header": hook.header,
        "Signed with": hook.signed_with,
        "A minute": str(hook.per_minute),
        "Leads there": hook.on_duplicate if hook.kind == "form" else "",
        "Since": hook.created_at[:10],
    }
    return "\n".join(f"{label:<14} {fact}" for label, fact in facts.items() if fact)
