"""Columns: adding them by kind or recipe, changing and renaming them, arming, taking them away."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadsync.core.columns.checking import ColumnSpec
from leadsync.core.columns.formulas import TEMPLATE
from leadsync.core.columns.outputs import MANUAL
from leadsync.core.errors import InputError, LeadSyncError
from leadsync.core.wording import plural

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from leadsync.core.columns.definitions import EditResult
    from leadsync.core.models import Column
    from leadsync.tui.desk import Desk
    from leadsync.tui.panels.column_form import ColumnForm

_FREE = {
    MANUAL: "typed by hand, and by imports",
    TEMPLATE: "a formula over other cells: computed at once, always current, free",
}


def add(desk: Desk, _count: int | None) -> None:
    """Choose a recipe or a kind, then fill in its dialog."""
    from leadsync.core.columns.recipes import list_recipes
    from leadsync.core.engine.kind_help import kind_help
    from leadsync.core.engine.kinds import usable_kinds
    from leadsync.tui.panels.picker import Choice

    choices = [
        Choice(f"recipe {one.name}", f"{one.name}: {one.description}", f"recipe, {one.spec.kind}")
        for one in list_recipes(desk.workspace.config)
    ]
    choices += [Choice(f"kind {kind}", f"{kind}: {words}", "kind") for kind, words in _FREE.items()]
    choices += [
        Choice(f"kind {kind}", f"{kind}: {kind_help(kind).meaning}", "kind")
        for kind in usable_kinds()
    ]
    desk.pick("Add a column", choices, lambda _key, chosen: _fill_in(desk, chosen))


def settings(desk: Desk, _count: int | None) -> None:
    """Change the definition of the column under the cursor."""
    from leadsync.core.columns.definitions import spec_of

    column = _column(desk)
    _show(desk, f"Column {column.key}", spec_of(column), _changer(desk, column), is_new=False)


def rename(desk: Desk, _count: int | None) -> None:
    """Give the column under the cursor another label; its key never changes.

    One that another column fills is a column, too: it is that one's label that changes.
    """
    from leadsync.core.columns.definitions import ColumnChanges, edit_column

    field = desk.grid.field
    here = (c for c in desk.workspace.store.columns() if field and c.key == field.key)
    column = next(here, None) or _column(desk)

    def answered(text: str) -> bool:
        if not text.strip():
            raise InputError("a label has at least one character")
        changes = ColumnChanges(label=text.strip())
        desk.write(
            lambda: edit_column(desk.workspace, column.key, changes),
            lambda _: desk.say(f'"{column.key}" is called "{text.strip()}" now'),
        )
        return True

    desk.ask("Label: ", answered, text=column.label)


def arm(desk: Desk, _count: int | None) -> None:
    """Let workers fill the column by themselves, or not any more; an armed one has a daily cap."""
    from leadsync.core.columns import arming
    from leadsync.core.money import parse_usd, show_usd

    column = _column(desk)
    if column.armed:
        desk.write(
            lambda: arming.disarm(desk.workspace, column.key),
            lambda _: desk.say(f'"{column.key}" runs only when somebody says so'),
        )
        return

    def answered(text: str) -> bool:
        cap = parse_usd(text, "USD a day")
        desk.write(
            lambda: arming.arm(desk.workspace, column.key, usd_micros_per_day=cap),
            lambda _: desk.say(f'workers fill "{column.key}" for at most {show_usd(cap)} a day'),
        )
        return True

    desk.ask("Workers may spend USD a day: ", answered)


def remove(desk: Desk, _count: int | None) -> None:
    """Take the column under the cursor away, after a question; undo brings it back."""
    from leadsync.core.columns.definitions import remove_column

    column = _column(desk)

    def counted(filled: int) -> None:
        desk.confirm(
            f'Remove column "{column.key}"',
            [f"{plural(filled, 'filled cell')} would go with it; undo brings them back"],
            f'Remove "{column.key}"',
            lambda: desk.write(
                lambda: remove_column(desk.workspace, column.key),
                lambda _: desk.say(f'column "{column.key}" removed; u brings it back'),
            ),
        )

    filled = {column.key: {"$exists": True}}
    desk.ask_store("remove", lambda: desk.workspace.store.count(filled), counted)


def _column(desk: Desk) -> Column:
    """The column under the cursor, or the one that fills it.

    Raises:
        InputError: it is a field of the lead itself.
    """
    field = desk.grid.field
    if field is not None:
        found = desk.workspace.store.catalog().driver(field.key) or next(
            (c for c in desk.workspace.store.columns() if c.key == field.key), None
        )
        if found is not None:
            return found
    name = field.label if field is not None else "this"
    raise InputError(f'"{name}" belongs to every lead; it has no definition')


def _fill_in(desk: Desk, chosen: str) -> None:
    from leadsync.core.columns.definitions import add_column
    from leadsync.core.columns.recipes import load_recipe

    what, _, name = chosen.partition(" ")
    if what == "recipe":
        start = load_recipe(name, desk.workspace.config)
    else:
        start = ColumnSpec("", kind=name)

    def added(column: Column) -> None:
        fills = ", ".join(column.outputs.values()) or column.key
        runs = f"; it fills {fills}: R runs it" if column.is_running else ""
        desk.say(f'column "{column.key}" added{runs}')

    def store(spec: ColumnSpec, form: ColumnForm) -> None:
        _write(desk, form, lambda: add_column(desk.workspace, spec), added)

    _show(desk, f"Add a column: {name}", start, store, is_new=True)


def _changer(desk: Desk, column: Column) -> Callable[[ColumnSpec, ColumnForm], None]:
    from leadsync.core.columns.definitions import ColumnChanges, edit_column

    def store(spec: ColumnSpec, form: ColumnForm) -> None:
        gone = {name: None for name in column.config if name not in spec.config}
        changes = ColumnChanges(
            label=spec.label,
            type=spec.type,
            config={**spec.config, **gone},
            outputs=spec.outputs if column.is_running else None,
            condition=spec.condition if column.is_running else None,
            caps=spec.caps if column.is_running else None,
        )

        def write() -> None:
            _write(
                desk,
                form,
                lambda: edit_column(desk.workspace, column.key, changes),
                lambda result: desk.say(f'column "{column.key}" changed{_entailed(result)}'),
            )

        def rehearsed(result: EditResult) -> None:
            if not result.stale:
                write()
                return
            lines = [
                f"{plural(result.stale, 'filled cell')} would become stale",
                "nothing runs by itself: R shows what filling them anew costs",
            ]
            desk.confirm(f'Change "{column.key}"', lines, "Store the change", write)

        desk.lanes.writing.ask(
            "",
            lambda: edit_column(desk.workspace, column.key, changes, dry_run=True),
            rehearsed,
            lambda error: _tell(form, error),
        )

    return store


def _entailed(result: EditResult) -> str:
    words = [
        (result.stale, "cell", "now stale"),
        (result.recomputed, "lead", "computed anew"),
        (result.converted, "cell", "converted"),
        (result.unfit, "cell", "that do not fit the new type"),
    ]
    said = [f"{plural(number, noun)} {what}" for number, noun, what in words if number]
    return f"; {', '.join(said)}" if said else ""


def _show(
    desk: Desk,
    title: str,
    start: ColumnSpec,
    store: Callable[[ColumnSpec, ColumnForm], None],
    *,
    is_new: bool,
) -> None:
    from leadsync.tui.panels.column_form import ColumnForm

    top = desk.grid.cursor.row
    leads = list(desk.model.ids[top : top + 3]) or list(desk.model.ids[:3])
    desk.app.push_screen(ColumnForm(desk, title, start, leads, store, is_new=is_new))


def _write(
    desk: Desk, form: ColumnForm, work: Callable[[], Any], done: Callable[[Any], None]
) -> None:
    """Store what a form holds; it stays open where that fails."""

    def stored(result: Any) -> None:
        form.close()
        done(result)
        desk.live.look_now()

    desk.lanes.writing.ask("", work, stored, lambda error: _tell(form, error))


def _tell(form: ColumnForm, error: Exception) -> None:
    if not isinstance(error, LeadSyncError):
        raise error
    words = [error.message, *([error.next_step] if error.next_step else [])]
    form.say_problem("\n".join(words))
