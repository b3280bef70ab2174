"""`leadsync config`: settings and where they come from."""

from __future__ import annotations

from typing import Annotated

import typer

from leadsync.cli.commands import Commands, invocation

app = Commands("Show every setting and where it came from, or set one")
Name = Annotated[str, typer.Argument(metavar="NAME", help="As store, actor, OPENAI_BASE_URL.")]


@app.command("show")
def show_config(ctx: typer.Context) -> None:
    """Show every setting and where it came from

    Flags win over LEADSYNC_* variables, these over the file, the file over the defaults. Keys
    are never shown. What cannot be used is named, and how to take it out.

    \b
      leadsync config show
    """
    from leadsync.core.config import hide_password

    call = invocation(ctx)
    config = call.settled_config()
    rows = [(s.name, hide_password(s.value), s.origin) for s in config.settings]
    if call.out.json:
        call.out.docs({"name": n, "value": v, "origin": o} for n, v, o in rows)
    else:
        call.out.table(["setting", "value", "from"], rows)
        there = "" if config.path.exists() else ", not there"
        call.out.say(f'config file: "{config.path}"{there}')
    if config.problems:
        raise config.problems[0]


@app.command("set")
def set_config(ctx: typer.Context, name: Name, value: str) -> None:
    """Set a name in the config file

    Keys are refused: leadsync keys set keeps them.

    \b
      leadsync config set store mongodb://localhost/team
      leadsync config set OPENAI_BASE_URL http://localhost:11434/v1
    """
    _write(ctx, name, value)


@app.command("unset")
def unset_config(ctx: typer.Context, name: Name) -> None:
    """Take a name out of the config file

    \b
      leadsync config unset store
    """
    _write(ctx, name, None)


def _write(ctx: typer.Context, name: str, value: str | None) -> None:
    from leadsync.core.config_file import KEY_LIKE, write_setting

    call = invocation(ctx)
    config = call.settled_config()
    path = config.path
    if KEY_LIKE.search(name) and value is not None:
        from leadsync.core.known_providers import check_no_key

        check_no_key(name)
    if name == "provider_caps" and value is not None:
        from leadsync.core.known_providers import check_caps

        check_caps(value, config)
    write_setting(path, name, value)
    state = "no longer" if value is None else "set"
    call.out.done(
        {"name": name, "value": value, "file": str(path)}, f'{name} is {state} in "{path}"'
    )
