"""Work under way is shared, whatever becomes of it."""

from __future__ import annotations

import asyncio

import pytest

from leadsync.enrichers.in_flight import InFlight


def test_the_same_work_is_done_once_at_a_time() -> None:
    async def scene() -> tuple[list[int], int]:
        done: list[int] = []
        go = asyncio.Event()

        async def work() -> int:
            await go.wait()
            done.append(len(done))
            return len(done)

        under_way = InFlight[int]()
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(under_way.share("a", work)) for _ in range(3)]
            await asyncio.sleep(0)  # all three have begun to wait
            go.set()
        again = await under_way.share("a", work)
        return [task.result() for task in tasks], again

    assert asyncio.run(scene()) == ([1, 1, 1], 2)


def test_what_the_work_raises_reaches_all_who_wait() -> None:
    async def scene() -> list[str]:
        async def work() -> int:
            await asyncio.sleep(0)
            raise ValueError("no")

        under_way = InFlight[int]()

        async def ask() -> str:
            with pytest.raises(ValueError, match="no") as caught:
                await under_way.share("a", work)
            return str(caught.value)

        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(ask()) for _ in range(2)]
        return [task.result() for task in tasks]

    assert asyncio.run(scene()) == ["no", "no"]


def test_when_the_worker_is_cancelled_another_takes_over() -> None:
    async def scene() -> str:
        begun = asyncio.Event()

        async def endless() -> str:
            begun.set()
            await asyncio.Event().wait()
            return "never"

        async def quick() -> str:
            return "done"

        under_way = InFlight[str]()
        async with asyncio.TaskGroup() as group:
            first = group.create_task(under_way.share("a", endless))
            await begun.wait()
            second = group.create_task(under_way.share("a", quick))
            await asyncio.sleep(0)
            first.cancel()
        return second.result()

    assert asyncio.run(scene()) == "done"
