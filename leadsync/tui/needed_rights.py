"""Rights that actions need which open a form, a field or a question: refused before it is filled.

The guard in front of the store refuses in any case. What shows something beside asking is not here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadsync.core.access.guard import refusal
from leadsync.core.access.rights import Right

if TYPE_CHECKING:
    from leadsync.core.workspace import Workspace

NEEDS: dict[str, Right] = {
    **dict.fromkeys(
        (
            "edit.external", "edit.set_marked", "edit.clear", "edit.fill_down", "edit.replace",
            "edit.undo", "edit.redo", "block.paste", "lead.add", "lead.trash", "lead.restore",
            "lead.tag", "lead.move", "column.add", "column.rename", "column.remove",
            "find.save_view", "people.limits", "people.suppress",
            "people.suppress_typed",
        ),
        Right.EDIT,
    ),
    **dict.fromkeys(("files.import_file", "files.sample"), Right.IMPORT),
    "files.export": Right.EXPORT,
    **dict.fromkeys(
        (
            "files.push_instantly", "files.pull_instantly", "files.push_sheets",
            "files.pull_sheets",
        ),
        Right.PUSH,
    ),
    **dict.fromkeys(("users.show", "users.add", "files.add_hook"), Right.ADMIN),
}  # fmt: skip
"""Id of an action -> the right without which it comes to nothing."""


def check_right(workspace: Workspace, action_id: str) -> None:
    """Let nobody begin what ends in a refusal; asks nothing but who came in.

    Raises:
        AccessError: who is there may not do it.
    """
    needed, at = NEEDS.get(action_id), workspace.identity
    if needed is not None and at is not None and needed not in at.rights:
        raise refusal(at, needed)
