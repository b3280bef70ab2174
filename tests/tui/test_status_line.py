"""The status line where there is no room for all of it: what matters most stands whole."""

from __future__ import annotations

from leadsync.core.engine.stop import StopSignal
from leadsync.tui.jobs import Job
from tests.tui.driven import Driven, on_grid

WHERE = 'country:GB title:"Head of Engines" or employees>1000 or name:"somebody else"'


def words_of(line: str) -> set[str]:
    return set(line.split()) - {"…"}


@on_grid(size=(80, 24))
async def test_what_matters_least_is_cut_between_words(app: Driven) -> None:
    await app.press("f")
    await app.fill(WHERE)
    await app.press("$", "g", "s", "v", "j")
    app.desk.jobs.jobs[1] = Job(1, "Intro", StopSignal(), {5: 1200, 6: 800})
    app.desk.show_position()
    await app.settle()
    line = app.lines()[-1]
    assert line.startswith("2 / 2  running 0/2,000 $0.00 gX stop 0.0/s  2 marked  range of 2 by 1")
    assert line.rstrip().endswith(" …")
    assert words_of(line) <= words_of(
        f"2 / 2 running 0/2,000 $0.00 gX stop 0.0/s 2 marked range of 2 by 1 {WHERE} Employees:"
    )


@on_grid(size=(80, 24))
async def test_what_is_said_leaves_the_position_whole_and_is_cut_between_words(app: Driven) -> None:
    await app.press("f")
    await app.fill(WHERE)
    await app.press("1", "2")
    said = " ".join(["so many words"] * 6)
    app.desk.say(said)
    await app.settle()
    line = app.lines()[-1]
    assert line.startswith("1 / 2 ")
    assert " 12  so many words" in line
    assert line.rstrip().endswith("so many …")
    assert words_of(line) <= words_of(f"1 / 2 12 {WHERE} {said}")
    app.desk.say("ßo manyWordsInOneThatHaveNoPlaceToBeCut" * 3)
    await app.settle()
    assert app.lines()[-1].startswith("1 / 2 ")


@on_grid(size=(24, 10))
async def test_a_line_without_room_for_one_word_shows_its_beginning(app: Driven) -> None:
    await app.press("1", "2")
    app.desk.say("unspeakabilities")
    await app.pilot.resize_terminal(12, 10)
    await app.settle()
    assert app.lines()[-1].startswith("1 / 5")
    await app.pilot.resize_terminal(3, 10)
    await app.settle()
    assert app.lines()[-1].startswith("1")
