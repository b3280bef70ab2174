"""A terminal that is made very small, as by a dragged border of tmux, and large again."""

from __future__ import annotations

from tests.tui.driven import Driven, on_grid

TINY = ((14, 24), (6, 24), (3, 3), (1, 1), (80, 1))


@on_grid(size=(80, 24))
async def test_lists_survive_a_terminal_without_room(app: Driven) -> None:
    for action in ("app.palette", "find.view", "files.import_file", "run.jobs"):
        app.desk.do(action)
        await app.settle()
        for size in TINY:
            await app.pilot.resize_terminal(*size)
            await app.settle()
        await app.pilot.resize_terminal(80, 24)
        await app.press("escape")
        assert app.app.screen is app.desk
        await app.until(lambda: "zoe@cafe.example" in app.text())
