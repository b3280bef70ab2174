"""What installed packages bring, found by name in their entry points.

Ours come in by the same door as a stranger's; but no stranger takes the place of one of ours.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, Any

from leadsync.core.errors import InputError, NotFound

if TYPE_CHECKING:
    from collections.abc import Iterator
    from importlib.metadata import EntryPoint

OURS = "leadsync"
OTHERS = "or install the package that has it"


@dataclass(frozen=True, slots=True)
class Fault:
    """A thing of a package that is not used.

    Attributes:
        name: of the entry point.
        words: which package it is from, why it is left out, and what to do.
        is_broken: it cannot be loaded; else another of its name goes before it.
    """

    name: str
    words: str
    is_broken: bool


def installed_names(group: str) -> list[str]:
    """Names of all that a group has, without importing any."""
    return sorted(entry_points(group=group).names)


def find_point(group: str, name: str) -> EntryPoint | None:
    """The entry point that counts for a name: ours before others, then by the package's name."""
    return next(iter(_points(group, name)), None)


@cache
def load_installed(
    group: str,
    name: str,
    what: str,
    beside: tuple[str, ...] = (),
    needs: tuple[str, ...] = (),
) -> Any:
    """The one object of that name; its package is imported now.

    Args:
        group: of entry points, each a class that takes no arguments.
        name: as people type it.
        what: what the error calls it: "provider".
        beside: names that are there without a package, for the error.
        needs: what the object has where it is one.

    Raises:
        InputError: its package cannot be loaded, or is none of that.
        NotFound: no installed package has it.
    """
    point = find_point(group, name)
    if point is None:
        known = [*beside, *installed_names(group)]
        raise NotFound(what, name, known=known, next_step=f"one of: {', '.join(known)}; {OTHERS}")
    try:
        found = point.load()()
    except (Exception, SystemExit) as error:  # a stranger's code may raise anything
        raise _broken(point, what, f"{type(error).__name__}: {error}") from error
    lacking = [part for part in needs if not hasattr(found, part)]
    if lacking:
        raise _broken(point, what, f"it has no {lacking[0]}")
    return found


def iter_faults(
    group: str, what: str, beside: tuple[str, ...] = (), needs: tuple[str, ...] = ()
) -> Iterator[Fault]:
    """What packages bring to a group that is not used; all of them are imported now."""
    for name in installed_names(group):
        first, *others = _points(group, name)
        if name in beside:
            others = [first, *others]
        for point in others:
            who = f'"{name}" of {package_of(point)}'
            goes = OURS if name in beside else package_of(first)
            words = (
                f"{who} is not used: {goes} has one of that name; rename it, or {_removal(point)}"
            )
            yield Fault(name, f"the {what} {words}", is_broken=False)
        try:
            load_installed(group, name, what, beside, needs)
        except InputError as error:
            yield Fault(name, f"{error.message}; {error.next_step}", is_broken=True)


def package_of(point: EntryPoint) -> str:
    """Name and version of the package of an entry point."""
    return f"{point.dist.name} {point.dist.version}" if point.dist else point.module


def _points(group: str, name: str) -> list[EntryPoint]:
    found = {point.value: point for point in entry_points(group=group) if point.name == name}
    return sorted(found.values(), key=lambda point: (not _is_ours(point), package_of(point)))


def _is_ours(point: EntryPoint) -> bool:
    return point.dist is not None and point.dist.name == OURS


def _broken(point: EntryPoint, what: str, why: str) -> InputError:
    words = f'the {what} "{point.name}" of {package_of(point)} cannot be used: {why}'
    return InputError(words, next_step=f"mend it ({point.value}), or {_removal(point)}")


def _removal(point: EntryPoint) -> str:
    return f"pip uninstall {point.dist.name if point.dist else point.module}"
