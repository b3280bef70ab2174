"""Keys of providers: where each is, asked about, kept and forgotten; never shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from leadsync.core.access.rights import Right
from leadsync.core.engine.key_checks import check_key, find_provider
from leadsync.core.errors import InputError, LeadSyncError
from leadsync.core.key_keeping import forget_key, keep_key, key_places, place_in_words
from leadsync.tui.lane import Lane
from leadsync.tui.panels.form import Form
from leadsync.tui.panels.picker import Choice

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from leadsync.core.engine.key_checks import KeyReport
    from leadsync.core.key_keeping import KeyPlace
    from leadsync.tui.desk import Desk

T = TypeVar("T")

SET, REMOVE = "ctrl+s", "ctrl+d"
OTHER = "+"
WHAT = "set or remove keys"
VERDICTS = {True: "accepted", False: "refused", None: "not asked"}


def show_keys(desk: Desk) -> None:
    """All providers' keys, to ask about one, keep it or forget it."""
    config = desk.workspace.config
    desk.ask_store("keys", lambda: key_places(config), lambda found: _pick(desk, found))


def _pick(desk: Desk, found: Sequence[KeyPlace]) -> None:
    by_name = {key.name: key for key in found}
    choices = [
        Choice(key.name, f"{key.provider:<12} {key.name}", _briefly(key.place)) for key in found
    ]
    choices.append(Choice(OTHER, "Keep a key of another name, for columns", "Ctrl+S"))

    def chosen(pressed: str, name: str) -> None:
        key = by_name.get(name)
        if key is None:
            _begin_setting(desk, "")
        elif pressed == REMOVE:
            _remove(desk, key)
        elif pressed == SET or not key.place:
            _begin_setting(desk, name)
        else:
            _test(desk, key)

    footer = "Enter: test, or set   Ctrl+S: set   Ctrl+D: remove"
    desk.pick("Keys of providers", choices, chosen, footer=footer, keys=(SET, REMOVE))


def _briefly(place: str) -> str:
    """A place on a line with others: of a file its name."""
    return place.replace("\\", "/").rpartition("/")[2] or "not set"


def _test(desk: Desk, key: KeyPlace) -> None:
    """Ask its provider in a thread of its own: it may take as long as the provider does."""
    if not key.provider:
        raise InputError(f"{key.name} is no provider's: nobody can be asked about it")
    config = desk.workspace.config

    def ask() -> KeyReport:
        return check_key(find_provider(key.provider), config)

    def answered(report: KeyReport) -> None:
        lane.close()
        text = f"{report.provider}: {VERDICTS[report.is_accepted]}; {report.detail}"
        desk.status.say(text, is_problem=not report.is_accepted)

    def failed(error: Exception) -> None:
        lane.close()
        if not isinstance(error, LeadSyncError):
            raise error
        desk.say_problem(error)

    lane = Lane("keys")
    lane.deliver = desk.deliver
    desk.say(f"asking {key.provider} about its key …")
    lane.ask("", ask, answered, failed)


def _begin_setting(desk: Desk, name: str) -> None:
    """A form for a key; what is typed is not shown. An empty name is asked for, too."""
    desk.workspace.require(Right.ADMIN, WHAT)

    def store(texts: dict[str, str]) -> None:
        meant = name or texts.get("name", "").strip()

        def kept(place: str) -> None:
            first = desk.workspace.config.secret_of_environment(meant)
            but = "; it is set in the environment, too, which goes first" if first else ""
            desk.say(f"{meant} is kept in {place_in_words(place)}{but}")

        form.send(desk, _as_owner(desk, lambda: _keep(desk, meant, texts)), kept)

    fields = [("key", "Key", "")] if name else [("name", "Name", ""), ("key", "Key", "")]
    form = Form(f"Keep {name or 'a key'}; it is not shown", fields, store, hidden=("key",))
    desk.app.push_screen(form)


def _keep(desk: Desk, name: str, texts: dict[str, str]) -> str:
    return keep_key(desk.workspace.config, name, texts.get("key", "").strip())


def _remove(desk: Desk, key: KeyPlace) -> None:
    if not key.place:
        raise InputError(f"{key.name} is not kept here")
    desk.workspace.require(Right.ADMIN, WHAT)
    config = desk.workspace.config
    place = config.keys.places().get(key.name)
    if place is None:
        raise InputError(f"{key.name} is set in the environment: it is not LeadSync's to remove")

    def gone(_was_there: object) -> None:
        desk.say(f"{key.name} is forgotten")

    desk.confirm(
        f"Forget {key.name}",
        [f"It is in {place_in_words(place)}. Columns that need it are held until it is set again; u does not"
         " bring it back."],
        "Forget it",
        lambda: desk.write(_as_owner(desk, lambda: forget_key(config, key.name)), gone),
    )  # fmt: skip


def _as_owner(desk: Desk, work: Callable[[], T]) -> Callable[[], T]:
    """The work for who has opened this grid: of a page, that is not who serves it."""

    def done() -> T:
        desk.workspace.require(Right.ADMIN, WHAT)
        return work()

    return done
