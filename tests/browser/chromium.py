"""A headless Chromium, driven over the DevTools protocol with aiohttp's client."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import os
import shutil
import subprocess
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pyte
import pytest

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from aiohttp import ClientWebSocketResponse

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--disable-dev-shm-usage", "--enable-unsafe-swiftshader", "--remote-debugging-port=0",
    "--window-size=1100,700", "--proxy-server=direct://",
)  # fmt: skip
TIMEOUT_S = 40


def find_chromium() -> str:
    """The path of a browser; skips loudly where there is none, and fails under CI."""
    for name in NAMES:
        if found := shutil.which(name):
            return found
    reason = (
        "NO CHROMIUM: none found, so the grid is not tested in a browser (apt install chromium)"
    )
    if os.environ.get("CI"):
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


@dataclass
class Tab:
    """One tab.

    Attributes:
        screen: what a terminal shows that has read all bytes of the page's socket.
        requested: addresses that the page has asked for.
        said: what its console and its errors have said.
        loads: how many pages have loaded.
        closed: how many of its sockets have ended.
    """

    socket: ClientWebSocketResponse
    screen: pyte.Screen = field(default_factory=lambda: pyte.Screen(200, 60))
    requested: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    loads: int = 0
    closed: int = 0

    def __post_init__(self) -> None:
        self._stream = pyte.ByteStream(self.screen)
        self._number = 0
        self._answers: dict[int, asyncio.Future[Any]] = {}
        self._news = asyncio.Condition()

    @property
    def text(self) -> str:
        """The lines on the screen."""
        return "\n".join(line.rstrip() for line in self.screen.display)

    async def listen(self) -> None:
        """Take in what the browser says; a task of its own."""
        async for message in self.socket:
            event = message.json()
            async with self._news:
                self._take(event)
                self._news.notify_all()

    def _take(self, event: dict[str, Any]) -> None:
        parameters = event.get("params", {})
        match event.get("method"):
            case None:
                answer = self._answers.pop(event["id"])
                if not answer.done():
                    answer.set_result(event)
            case "Network.webSocketFrameReceived" if parameters["response"]["opcode"] == 2:
                self._stream.feed(base64.b64decode(parameters["response"]["payloadData"]))
            case "Page.loadEventFired":
                self.loads += 1
            case "Network.requestWillBeSent":
                self.requested.append(parameters["request"]["url"])
            case "Network.webSocketCreated":
                self.requested.append(parameters["url"])
            case "Network.webSocketClosed":
                self.closed += 1
            case "Runtime.exceptionThrown":
                self.said.append(str(parameters["exceptionDetails"]))
            case "Log.entryAdded":
                self.said.append(str(parameters["entry"]["text"]))

    async def call(self, method: str, **parameters: Any) -> Any:
        """Ask the browser for something; its answer."""
        self._number += 1
        answer = asyncio.get_running_loop().create_future()
        self._answers[self._number] = answer
        await self.socket.send_json({"id": self._number, "method": method, "params": parameters})
        async with asyncio.timeout(TIMEOUT_S):
            found = await answer
        assert "error" not in found, found
        return found["result"]

    async def run(self, script: str) -> Any:
        """The value of an expression of JavaScript."""
        found = await self.call("Runtime.evaluate", expression=script, awaitPromise=True)
        assert "exceptionDetails" not in found, found
        return found["result"].get("value")

    async def open(self, url: str) -> None:
        """Go to an address, and wait until it has loaded."""
        loads = self.loads
        await self.call("Page.navigate", url=url)
        await self.until(lambda: self.loads > loads)

    async def until(self, fact: Callable[[], bool]) -> None:
        """Until what the browser has said makes it true."""
        try:
            async with asyncio.timeout(TIMEOUT_S), self._news:
                await self._news.wait_for(fact)
        except TimeoutError:
            pytest.fail(f"not seen:\n{self.text}\n{self.said}", pytrace=False)

    async def type(self, text: str) -> None:
        """Type text, key by key."""
        for char in text:
            await self.call("Input.dispatchKeyEvent", type="char", text=char)

    async def press(self, key: str, code: int, modifiers: int = 0) -> None:
        """Press a key that types nothing; 2 is Ctrl."""
        for kind in ("keyDown", "keyUp"):
            await self.call(
                "Input.dispatchKeyEvent", type=kind, key=key, code=key, windowsVirtualKeyCode=code,
                modifiers=modifiers,
            )  # fmt: skip

    async def picture(self) -> bytes:
        """What is on the screen, as PNG."""
        found = await self.call("Page.captureScreenshot", format="png")
        return base64.b64decode(found["data"])


@contextlib.asynccontextmanager
async def a_tab(folder: Path) -> AsyncIterator[Tab]:
    """A tab of a browser of its own."""
    from aiohttp import ClientSession

    process = subprocess.Popen(
        [find_chromium(), *FLAGS, f"--user-data-dir={folder / 'chromium'}", "about:blank"],
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        env={**os.environ, "HOME": str(folder), "DBUS_SESSION_BUS_ADDRESS": "disabled:"},
    )
    try:
        port = await asyncio.to_thread(_port_of, process)
        async with ClientSession() as session:
            async with session.get(f"http://127.0.0.1:{port}/json/list") as answer:
                pages = [page for page in await answer.json() if page["type"] == "page"]
            socket = await session.ws_connect(pages[0]["webSocketDebuggerUrl"], max_msg_size=0)
            tab = Tab(socket)
            async with asyncio.TaskGroup() as group:
                listening = group.create_task(tab.listen())
                for domain in ("Network", "Page", "Runtime", "Log"):
                    await tab.call(f"{domain}.enable")
                yield tab
                listening.cancel()
            await socket.close()
    finally:
        process.kill()
        process.communicate()


def _port_of(process: subprocess.Popen[bytes]) -> int:
    assert process.stderr is not None
    for line in process.stderr:
        if b"DevTools listening on ws://" in line:
            return int(line.split(b"127.0.0.1:")[1].split(b"/")[0])
    pytest.fail("the browser did not start", pytrace=False)
