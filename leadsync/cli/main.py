"""The entry point `leadsync`: how a call begins, and how a process of ours ends."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer
from typer._click.exceptions import BadParameter, ClickException, NoArgsIsHelpError, UsageError
from typer.models import TyperPath

from leadsync import __version__
from leadsync.cli.commands import LazyGroup
from leadsync.cli.streams import prepare_streams
from leadsync.core.errors import Exit, InputError, LeadSyncError

if TYPE_CHECKING:
    from typing import Never

app = typer.Typer(
    cls=LazyGroup,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["--help", "-h"], "max_content_width": 100},
)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"leadsync {__version__}")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def root(
    ctx: typer.Context,
    _version: Annotated[
        bool,
        typer.Option("--version", callback=_print_version, is_eager=True, help="Show the version."),
    ] = False,
) -> None:
    """Work with outbound leads: import, enrich, export

    Without a command, on a terminal, it opens the grid. Leads stand in one SQLite file, or in your
    own MongoDB. Nothing is sent and nothing is spent before a command has said what it would do.

    \b
      leadsync import apollo.csv --campaign "Q4 founders"
      leadsync leads list --where 'title:"head of" country:DE'
      leadsync export q4.csv --campaign "Q4 founders"
    """
    if ctx.invoked_subcommand is None:
        if sys.stdin.isatty() and sys.stdout.isatty():
            from leadsync.cli.grid import open_grid

            raise typer.Exit(open_grid(ctx))
        typer.echo(ctx.get_help())
        typer.echo("\nOn a terminal, leadsync alone opens the grid.", err=True)


def main() -> Never:
    """Run the command line; ends the process with a code of `Exit`."""
    prepare_streams()
    try:
        code = typer.main.get_command(app).main(prog_name="leadsync", standalone_mode=False)
    except ClickException as error:
        sys.exit(_wrong_words(error))
    except LeadSyncError as error:
        from leadsync.cli.output import print_error

        print_error(error)
        sys.exit(error.exit_code)
    except Exception as error:  # noqa: BLE001 - the last border: the traceback goes to the log
        from leadsync.cli.bug_report import report_bug

        report_bug(error)
        sys.exit(Exit.BUG)
    sys.exit(code or Exit.DONE)


def _wrong_words(error: ClickException) -> Exit:
    """Say what is wrong with the words of a call, in the manner of all our errors."""
    from leadsync.cli.output import print_error

    if isinstance(error, NoArgsIsHelpError):
        error.show()
        return Exit.USAGE
    sentence = error.format_message().rstrip(".")
    sentence = sentence[:1].lower() + sentence[1:]
    context = error.ctx if isinstance(error, UsageError) else None
    command = context.command_path if context else "leadsync"
    print_error(InputError(sentence, next_step=f"{command} --help"))
    is_unusable_file = type(error) is BadParameter and isinstance(
        getattr(error.param, "type", None), TyperPath
    )
    return Exit.INPUT if is_unusable_file else Exit.USAGE
