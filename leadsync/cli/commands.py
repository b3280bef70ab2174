"""The commands that there are, loaded only when one is called, and what all of them share.

`leadsync --help` imports no command: it must answer in 150 ms.
"""

from __future__ import annotations

import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any

import typer
from typer.core import TyperCommand, TyperGroup, TyperOption

from leadsync.cli.invocation import Invocation
from leadsync.cli.streams import silence_stdout
from leadsync.core.errors import Exit, nearest

if TYPE_CHECKING:
    from collections.abc import Callable

SECTIONS: dict[str, dict[str, tuple[str, str]]] = {
    "Leads": {
        "import": ("importing", "Import lead files into a campaign"),
        "inspect": ("inspecting", "Show how a lead file is read, importing nothing"),
        "leads": ("leads", "List, show, add, edit, remove, restore and merge leads"),
        "campaigns": ("campaigns", "List, add, rename, archive and set up campaigns"),
        "tags": ("tags", "List tags, put them on leads and take them off"),
        "views": ("views", "List, save, show and remove saved views"),
        "suppress": (
            "suppress",
            "List, add and release addresses and domains that must not be touched",
        ),
        "export": ("exporting", "Export leads to a file"),
    },
    "People": {
        "person": ("person", "Show everything that is held on a person, and where it came from"),
        "erase": ("erasing", "Remove a person for good, and keep them out"),
        "expire": ("expiring", "Remove leads for good that their campaign keeps no longer"),
    },
    "Columns": {
        "columns": ("columns", "List, add, edit, show and remove columns"),
        "enrichers": ("enrichers", "List the kinds of running columns, and what each takes"),
        "enrich": ("enriching", "Fill the cells of a column that are empty, stale or failed"),
        "runs": ("runs", "List, show, stop and resume runs, and list what failed"),
        "worker": ("worker", "Join runs, fill armed columns, fetch late answers"),
        "serve": (
            "serving",
            "Take form posts, events and results that others send by themselves",
        ),
        "hooks": (
            "hooks",
            "List, add, show, renew and remove addresses that take leads and events",
        ),
        "costs": ("costs", "Show what requests have cost, beside what plans said"),
        "why": ("why", "Show where the value of a cell came from"),
    },
    "Other tools": {
        "push": ("push", "Send leads to other tools, once each and later what has changed"),
        "pull": ("pull", "Bring back what other tools know of leads"),
    },
    "History": {
        "undo": ("undoing", "Take back what was done last"),
        "redo": ("redoing", "Bring back what was undone last"),
        "history": ("history", "List what was done, newest first"),
    },
    "Access": {
        "login": ("login", "Log in to a workspace that has users"),
        "logout": ("logout", "End the login on this machine"),
        "whoami": ("whoami", "Show who is logged in, and what they may do"),
        "users": ("users", "List, add and remove users, and change their roles and passwords"),
        "tokens": ("tokens", "Add, list and revoke tokens, which let cron and other scripts in"),
    },
    "Workspace": {
        "mcp": ("mcp", "Let an AI client read leads, and run columns within a cap"),
        "practice": ("practice", "Show or remove the copy that --practice works on"),
        "demo": ("demo", "Run the main job on sample data, in a folder of its own"),
        "keys": ("keys", "Set, list, test and remove providers' keys"),
        "doctor": ("doctor", "Check the store, keys, terminal and clock"),
        "config": ("config", "Show every setting and where it came from, or set one"),
        "backup": ("backup", "Write a copy of the store to a file"),
        "restore": ("restore", "Put a backup in the place of the store"),
        "dump": ("dump", "Write the whole store as text, one record a line"),
        "load": ("load", "Fill an empty store from a dump"),
        "sql": ("sql", "Run a read-only SQL query on the embedded store"),
    },
}
_COMMANDS = {name: entry for section in SECTIONS.values() for name, entry in section.items()}


def invocation(ctx: typer.Context) -> Invocation:
    """What the user asked of all commands: store, JSON, quiet."""
    return ctx.find_root().ensure_object(Invocation)


def _setter(name: str) -> Callable[[Any, Any, Any], None]:
    def keep(ctx: typer.Context, _param: object, value: object) -> None:
        if value:
            setattr(invocation(ctx), name, value)

    return keep


def _common_options() -> list[TyperOption]:
    return [
        TyperOption(
            param_decls=["--store"],
            type=str,
            metavar="URL",
            expose_value=False,
            is_eager=True,
            callback=_setter("store"),
            help="Work on this store: sqlite:///PATH or mongodb://HOST/DB.",
        ),
        TyperOption(
            param_decls=["--json"],
            is_flag=True,
            default=False,
            expose_value=False,
            callback=_setter("as_json"),
            help="Print data as JSON.",
        ),
        TyperOption(
            param_decls=["--quiet", "-q"],
            is_flag=True,
            default=False,
            expose_value=False,
            callback=_setter("quiet"),
            help="Print data, warnings and errors only.",
        ),
        TyperOption(
            param_decls=["--practice"],
            is_flag=True,
            default=False,
            expose_value=False,
            is_eager=True,
            callback=_setter("practice"),
            help="Work on a practice copy; nothing leaves this machine.",
        ),
    ]


class TradeCommand(TyperCommand):
    """A command with the options that all of them share."""

    def __init__(self, *args: Any, **attributes: Any) -> None:
        """Add the shared options after the command's own."""
        super().__init__(*args, **attributes)
        self.params.extend(_common_options())

    def invoke(self, ctx: Any) -> Any:
        """Run the command; in practice it says so first, and some have no place there."""
        if invocation(ctx).practice:
            from leadsync.cli.practice import begin_practice

            begin_practice(ctx.command_path)
        return super().invoke(ctx)


class Commands(typer.Typer):
    """The commands of one module; a noun with verbs where it gets a help text."""

    def __init__(self, help_text: str | None = None) -> None:
        """Make a group for a noun, or a holder of a single command."""
        super().__init__(
            help=help_text,
            rich_markup_mode=None,
            pretty_exceptions_enable=False,
            add_completion=False,
            no_args_is_help=True,
        )
        if help_text is not None:
            self.callback()(lambda: None)

    def command(self, name: str | None = None, **options: Any) -> Any:
        """Register a command with the shared options."""
        return super().command(name, cls=TradeCommand, **options)


class LazyGroup(TyperGroup):
    """`leadsync` itself: knows its commands by name, and imports the one that is called."""

    def __init__(self, *args: Any, **attributes: Any) -> None:
        """Take the shared options before the command, too."""
        super().__init__(*args, **attributes)
        self.params.extend(_common_options())

    def list_commands(self, ctx: Any) -> list[str]:
        """All names, in the order of the help."""
        return list(_COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The command of that name, imported now; None where there is none."""
        if cmd_name not in _COMMANDS:
            return None
        module = import_module(f"leadsync.cli.{_COMMANDS[cmd_name][0]}")
        command = typer.main.get_command(module.app)
        command.name = cmd_name
        return command

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """The command that the words name; an unknown one is answered with the nearest."""
        if args[0] not in _COMMANDS and not args[0].startswith("-"):
            near = nearest(args[0], _COMMANDS)
            hint = f' Did you mean "{near}"?' if near else ""
            ctx.fail(f'No such command "{args[0]}".{hint}')
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """The help: every command with its line, by section."""
        for section, entries in SECTIONS.items():
            with formatter.section(section):
                formatter.write_dl([(name, line) for name, (_, line) in entries.items()])

    def shell_complete(self, ctx: Any, incomplete: str) -> Any:
        """Names of commands, without importing them."""
        from typer._click.shell_completion import CompletionItem

        return [
            CompletionItem(name, help=line)
            for name, (_, line) in _COMMANDS.items()
            if name.startswith(incomplete)
        ]

    def invoke(self, ctx: Any) -> Any:
        """Run the command; a reader that is gone ends us without a word."""
        try:
            result = super().invoke(ctx)
            sys.stdout.flush()
        except BrokenPipeError:
            silence_stdout()
            sys.exit(Exit.PIPE)
        return result
