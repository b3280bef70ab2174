"""`leadsync keys`: providers' keys, kept in the keyring or a private file."""

from __future__ import annotations

import getpass
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from leadsync.cli.commands import Commands, invocation
from leadsync.cli.output import print_talk
from leadsync.core.errors import Exit, InputError

if TYPE_CHECKING:
    from leadsync.cli.invocation import Invocation
    from leadsync.core.engine.key_checks import KeyReport

app = Commands("Set, list, test and remove providers' keys")


def _complete(incomplete: str) -> list[str]:
    from leadsync.core.engine.key_checks import provider_names

    return [name for name in provider_names() if name.startswith(incomplete)]


ProviderName = Annotated[
    str,
    typer.Argument(
        metavar="PROVIDER",
        help="A provider, as hunter, or the name of a key, as HUNTER_API_KEY.",
        autocompletion=_complete,
    ),
]


@app.command("set")
def set_key(
    ctx: typer.Context,
    provider: ProviderName,
    oauth: Annotated[
        Path | None,
        typer.Option("--oauth", metavar="CLIENT_FILE", help="Google: sign in by the browser."),
    ] = None,
) -> None:
    """Keep a provider's key

    It is asked for and not shown; without a terminal it is read from standard input. It goes into
    the system's keyring where there is one, else into a file that only you may read. A key in the
    environment goes before a kept one. In a workspace with users, owners set keys. The key of
    google is the path of a service account's file; with --oauth you agree in the browser instead.

    \b
      leadsync keys set hunter
      leadsync keys set openai < key.txt
      leadsync keys set google --oauth client_secret.json
    """
    from leadsync.core.key_keeping import check_may_keep, keep_key, place_in_words

    call = invocation(ctx)
    config, name = call.config, _secret_of(provider)
    check_may_keep(config)
    if oauth is not None:
        key = _sign_in(call, provider, oauth)
    else:
        key = getpass.getpass(f"{name}: ") if sys.stdin.isatty() else sys.stdin.readline()
    place = keep_key(config, name, key.strip())
    call.out.done({"key": name, "place": place}, f"{name} is kept in {place_in_words(place)}")
    if config.secret_of_environment(name):
        call.out.warn(f"{name} is set in the environment, too, and goes first")


@app.command("list")
def list_keys(ctx: typer.Context) -> None:
    """List which keys are set, and where; never what they are

    \b
      leadsync keys list
    """
    from leadsync.core.key_keeping import key_places

    call = invocation(ctx)
    found = key_places(call.config)
    if call.out.json:
        call.out.docs({"provider": k.provider, "key": k.name, "place": k.place} for k in found)
        return
    none = "not needed" if call.practice else "not set"
    call.out.table(
        ["provider", "key", "is in"], ((k.provider, k.name, k.place or none) for k in found)
    )


@app.command("test")
def ask_about_keys(
    ctx: typer.Context,
    provider: Annotated[
        str,
        typer.Argument(
            metavar="[PROVIDER]", help="Else all that are set.", autocompletion=_complete
        ),
    ] = "",
) -> None:
    """Ask providers whether they accept their keys, and what credits are left

    Costs nothing. Ends with 5 where a key is refused or not set, with 3 where a provider cannot
    be reached.

    \b
      leadsync keys test hunter
      leadsync keys test
    """
    from leadsync.core.engine.key_checks import check_key, find_provider, usable_providers

    call = invocation(ctx)
    asked = [find_provider(provider)] if provider else [*usable_providers().values()]
    if not provider:
        asked = [one for one in asked if call.config.secret(one.secret)]
    reports = [check_key(one, call.config) for one in asked]
    if call.out.json:
        call.out.docs(
            {"provider": r.provider, "key": r.secret, "accepted": r.is_accepted, "detail": r.detail}
            for r in reports
        )
    else:
        call.out.table(
            ["provider", "", "detail"], ((r.provider, _verdict(r), r.detail) for r in reports)
        )
        if not reports:
            call.out.say("no key is set: leadsync keys set PROVIDER")
    if any(r.is_accepted is False for r in reports) or (
        provider and not call.config.secret(asked[0].secret)
    ):
        raise typer.Exit(Exit.HELD)
    if any(r.is_accepted is None for r in reports):
        raise typer.Exit(Exit.PARTLY)


@app.command("rm")
def remove_key(ctx: typer.Context, provider: ProviderName) -> None:
    """Forget a kept key

    \b
      leadsync keys rm hunter
    """
    from leadsync.core.key_keeping import forget_key

    call = invocation(ctx)
    name = _secret_of(provider)
    if not forget_key(call.config, name):
        raise InputError(f"{name} is not kept here", next_step="leadsync keys list")
    call.out.done({"key": name, "removed": True}, f"{name} is forgotten")


def _sign_in(call: Invocation, provider: str, client_file: Path) -> str:
    from leadsync.core.engine.key_checks import sign_in

    def tell(address: str) -> None:
        call.out.say("agree on this page, in a browser on this machine:")
        print_talk(address)

    return sign_in(provider, client_file, tell)


def _secret_of(provider: str) -> str:
    """The name of a provider's key; names of keys are taken as they are."""
    from leadsync.core.engine.key_checks import find_provider

    return provider if provider.isupper() else find_provider(provider).secret


def _verdict(report: KeyReport) -> str:
    return {True: "accepted", False: "refused", None: "not asked"}[report.is_accepted]
