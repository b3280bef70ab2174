"""Tokens of scripts: listed, made and shown once, revoked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadsync.core.access.rights import WORDS, Right, in_order
from leadsync.core.access.tokens import DAYS, add_token, list_tokens, revoke_token, state_of
from leadsync.core.access.users import names_of, person
from leadsync.core.errors import InputError
from leadsync.core.models import now_iso
from leadsync.tui.clipboard import copy_by_tool
from leadsync.tui.panels.form import Form
from leadsync.tui.panels.picker import Choice

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from leadsync.core.access.records import Token
    from leadsync.tui.desk import Desk

NEW, REVOKE = "ctrl+n", "ctrl+d"
ADD, DONE = "+", "="


def show(desk: Desk, _count: int | None) -> None:
    """One's own tokens, and for an owner those of all; to look at, to revoke, or to add one."""
    person(desk.workspace)

    def read() -> tuple[list[Token], dict[int, str]]:
        return list_tokens(desk.workspace), names_of(desk.workspace)

    desk.ask_store("tokens", read, lambda found: _pick(desk, *found))


def add(desk: Desk, _count: int | None) -> None:
    """What it may do, then its name and days; what it is is shown once it is made."""
    person(desk.workspace)
    _choose_scopes(desk, frozenset({Right.READ}))


def _choose_scopes(desk: Desk, chosen: frozenset[Right]) -> None:
    """Each choice takes a scope or gives it back, until it is all."""
    at = person(desk.workspace)
    names = ", ".join(in_order(chosen))
    choices = [Choice(DONE, f"That is all: {names}", "Ctrl+S")]
    choices += [
        Choice(right, f"{right:<8} {WORDS[right]}", "yes" if right in chosen else "no")
        for right in in_order(at.rights)
        if right is not Right.READ
    ]

    def answered(key: str, name: str) -> None:
        if key == "ctrl+s" or name == DONE:
            _begin(desk, in_order(chosen))
        else:
            _choose_scopes(desk, chosen ^ {Right(name)})

    footer = "Enter: take it, or give it back   Ctrl+S: that is all"
    desk.pick("What the token may do", choices, answered, footer=footer, keys=("ctrl+s",))


def _begin(desk: Desk, scopes: Sequence[Right]) -> None:
    def store(texts: dict[str, str]) -> None:
        name, days = texts.get("name", ""), _days(texts.get("days", ""))
        form.send(
            desk,
            lambda: add_token(desk.workspace, name, scopes, days=days),
            lambda made: _tell(desk, *made),
        )

    fields = [("name", "Name in history", "cron"), ("days", "Days", str(DAYS))]
    form = Form(f"New token: {', '.join(scopes)}", fields, store)
    desk.app.push_screen(form)


def _days(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise InputError(f'"{text}" is no number of days', next_step="1 to 366") from None


def _tell(desk: Desk, token: Token, text: str, copied: str = "") -> None:
    lines = [
        "Shown now and never again:", "", text, "",
        f"It may {', '.join(token.scopes)} until {token.expires_at[:10]}, in your name.",
        "Set it as LEADSYNC_TOKEN where the script runs.",
    ]  # fmt: skip
    lines += ["", copied] if copied else []
    desk.read(
        f"Token {token.name}", "\n".join(lines), footer="y: copy   Esc: close",
        keys={"y": lambda: _copy(desk, token, text)},
    )  # fmt: skip


def _copy(desk: Desk, token: Token, text: str) -> None:
    """Copy it, other than a cell never into a file; it stays on the screen, if none has taken it."""
    desk.app.copy_to_clipboard(text)
    if desk.app.is_web:
        _tell(desk, token, text, "Sent to the browser; keep it before you close this.")
        return

    def told(tool: str) -> None:
        by = f"Copied by {tool}." if tool else "Sent to the terminal, which may not take it."
        _tell(desk, token, text, f"{by} Keep it before you close this.")

    desk.ask_store("clip", lambda: copy_by_tool(text), told)


def _pick(desk: Desk, tokens: Sequence[Token], names: Mapping[int, str]) -> None:
    now = now_iso()
    by_id = {str(token.id): token for token in tokens}
    choices = [
        Choice(
            number, f"{token.name}  {', '.join(token.scopes)}",
            f"{state_of(token, now)}  until {token.expires_at[:10]}",
        )
        for number, token in by_id.items()
    ]  # fmt: skip
    choices.append(Choice(ADD, "Add a token", "Ctrl+N"))

    def chosen(key: str, number: str) -> None:
        if key == NEW or number == ADD:
            desk.do("tokens.add")
        elif key == REVOKE:
            _revoke(desk, by_id[number])
        else:
            desk.read(by_id[number].name, _story(by_id[number], names))

    footer = "Enter: show   Ctrl+D: revoke   Ctrl+N: add"
    desk.pick("Tokens", choices, chosen, footer=footer, keys=(NEW, REVOKE))


def _revoke(desk: Desk, token: Token) -> None:
    desk.confirm(
        f"Revoke the token {token.name}",
        [
            "whoever uses it is refused from then on; u does not take it back",
            "a run that it has begun stops in order; what is paid is written down",
        ],
        "Revoke it",
        lambda: desk.write(
            lambda: revoke_token(desk.workspace, str(token.id)),
            lambda ended: desk.say(f"token {ended.name} is revoked"),
        ),
    )


def _story(token: Token, names: Mapping[int, str]) -> str:
    facts = {
        "Number": str(token.id),
        "User": names.get(token.user_id, ""),
        "May": ", ".join(token.scopes),
        "Since": token.created_at[:10],
        "Until": token.expires_at[:10],
        "State": state_of(token, now_iso()),
        "Revoked": token.ended_at[:10],
    }
    return "\n".join(f"{label:<8} {fact}" for label, fact in facts.items() if fact)
