"""Paths as they are typed: where they lead, and how they may go on."""

from __future__ import annotations

from pathlib import Path

from leadsync.core.importing.lead_files import list_folder


def path_of(text: str) -> Path:
    """The path that a typed text means; `~` is the home folder."""
    try:
        return Path(text.strip()).expanduser()
    except RuntimeError:  # no such user
        return Path(text.strip())


def is_place(text: str) -> bool:
    """Whether a text says a folder to look in, and not words to look for."""
    return "/" in text or text.startswith("~") or text in (".", "..")


def split_place(text: str) -> tuple[str, str]:
    """The folder of a typed path as it was typed, and the beginning of the name in it."""
    if text in (".", "..", "~"):
        return f"{text}/", ""
    folder, slash, name = text.rpartition("/")
    return folder + slash, name


def complete_path(text: str) -> str | None:
    """The first folder or lead file whose name begins as the typed one does."""
    place, name = split_place(text.lstrip())
    if not name:
        return None
    for entry in list_folder(path_of(place or ".")):
        if entry.path.name.startswith(name):
            return place + entry.path.name + "/" * entry.is_folder
    return None
