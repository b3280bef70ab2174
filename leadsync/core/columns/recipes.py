"""Recipes: ready column definitions, shipped by packages or kept in the user's own folder.

A recipe is a column file with one column and a description. Packages name their folder of recipes
in the entry-point group `leadsync.recipes`; the user's are in `recipes` beside the config file and
win over shipped ones of the same name.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from importlib import resources
from importlib.metadata import entry_points
from pathlib import Path
from typing import TYPE_CHECKING

from leadsync.core.columns.column_file import read_column_file
from leadsync.core.columns.fields import known_fields
from leadsync.core.columns.formulas import TEMPLATE
from leadsync.core.columns.outputs import MANUAL
from leadsync.core.engine.kinds import find_enricher, parse_config
from leadsync.core.errors import InputError, NotFound
from leadsync.core.text_file import read_text_file

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from importlib.resources.abc import Traversable

    from leadsync.core.columns.checking import ColumnSpec
    from leadsync.core.config import Config

ENTRY_POINTS = "leadsync.recipes"
ENDING = ".toml"
STDIN = "-"


@dataclass(frozen=True, slots=True)
class Recipe:
    """A ready definition.

    Attributes:
        name: the file's name without its ending.
        origin: the package that ships it, or the path of the file.
    """

    name: str
    description: str
    origin: str
    spec: ColumnSpec

    def use(self) -> RecipeUse:
        """What a column of it reads, fills and counts.

        Raises:
            InputError: its settings do not fit the kind.
            NotFound: the kind is not installed.
        """
        spec = self.spec
        if spec.kind in (MANUAL, TEMPLATE):
            return RecipeUse((), (spec.key,), "")
        config = parse_config(spec.kind, spec.config)
        described = find_enricher(spec.kind).describe(config, known_fields(()))
        unnamed = [path for path in described.outputs if path not in spec.outputs]
        fills = [*spec.outputs.values(), *unnamed] or [spec.key]
        price = described.price
        is_free = described.is_local or price.max_usd_micros == 0
        unit = "" if is_free else price.unit or "call"
        return RecipeUse(described.inputs, tuple(dict.fromkeys(fills)), unit)


@dataclass(frozen=True, slots=True)
class RecipeUse:
    """What a recipe's column would do.

    Attributes:
        reads: keys of fields.
        fills: keys of columns.
        unit: what its provider counts for a lead: "token", "credit"; empty: it is free.
    """

    reads: tuple[str, ...]
    fills: tuple[str, ...]
    unit: str


def list_recipes(config: Config, on_fault: Callable[[str], None] | None = None) -> list[Recipe]:
    """All recipes by name, without those whose file cannot be used; `on_fault` is told of each."""
    files = {name: (file, origin) for name, file, origin in _files(config)}
    found: list[Recipe] = []
    for name in sorted(files):
        try:
            found.append(_read(name, *files[name]))
        except InputError as error:
            if on_fault is not None:
                on_fault(f"{error.message}; {error.next_step}")
    return found


def load_recipe(name_or_path: str, config: Config) -> ColumnSpec:
    """The definition that a recipe holds, as `find_recipe` finds it."""
    return find_recipe(name_or_path, config).spec


def find_recipe(name_or_path: str, config: Config) -> Recipe:
    """A recipe by its name, the path of a file, or `-` for standard input.

    Raises:
        InputError: the file cannot be used.
        NotFound: there is no such recipe or file.
    """
    if name_or_path == STDIN:
        return _parse("standard input", _stdin(), STDIN)
    path = Path(name_or_path).expanduser()
    if path.suffix == ENDING or path.name != name_or_path:
        if not path.is_file():
            raise NotFound("file", name_or_path)
        return _read(path.stem, path, str(path))
    files = {name: (file, origin) for name, file, origin in _files(config)}
    if name_or_path not in files:
        raise NotFound("recipe", name_or_path, known=files, next_step="leadsync columns recipes")
    return _read(name_or_path, *files[name_or_path])


def _files(config: Config) -> Iterator[tuple[str, Traversable, str]]:
    """(name, file, origin) of every recipe; of equal names the last one counts."""
    for point in entry_points(group=ENTRY_POINTS):
        folder = resources.files(point.value)
        yield from ((_name(f), f, point.value) for f in folder.iterdir() if _is_recipe(f))
    own = config.path.parent / "recipes"
    if own.is_dir():
        yield from ((_name(f), f, str(f)) for f in own.iterdir() if _is_recipe(f))


def _is_recipe(file: Traversable) -> bool:
    return file.name.endswith(ENDING) and file.is_file()


def _name(file: Traversable) -> str:
    return file.name.removesuffix(ENDING)


def _read(name: str, file: Traversable, origin: str) -> Recipe:
    try:
        return _parse(name, read_text_file(file, f'the recipe "{name}"'), origin)
    except InputError as error:
        step = error.next_step or "mend it"
        named = step if origin in step else f"{step}: {origin}"
        raise InputError(error.message, next_step=named) from error


def _stdin() -> str:
    try:
        return sys.stdin.read()
    except UnicodeError as error:
        raise InputError("standard input is no UTF-8 text") from error


def _parse(name: str, text: str, origin: str) -> Recipe:
    found = read_column_file(text, f'the recipe "{name}"')
    if len(found.specs) != 1:
        raise InputError(
            f'the recipe "{name}" defines {len(found.specs)} columns instead of one',
            next_step=f"leadsync columns apply {origin}",
        )
    return Recipe(name, found.description, origin, found.specs[0])
