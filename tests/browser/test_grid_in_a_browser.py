"""`leadsync serve --grid` in a real browser, and what it does to who should not come in."""

from __future__ import annotations

import asyncio
import re
import signal
import struct
import time
import zlib
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import aiohttp
import psutil
import pytest

from leadsync.core.access.records import list_sessions
from leadsync.core.access.rights import Role
from leadsync.core.access.users import add_user
from leadsync.core.config import load_config
from leadsync.core.store.opening import open_store
from leadsync.core.workspace import Workspace
from tests.browser.chromium import a_tab, find_chromium
from tests.cli.conftest import Cli

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterator
    from pathlib import Path
    from subprocess import Popen

PASSWORD = "four plain words here"
FAST = 4  # rounds of bcrypt: the tests are not attacked
pytestmark = pytest.mark.timeout(90)


@pytest.fixture
def cli(tmp_path: Path) -> Cli:
    """`leadsync` on a store with one lead."""
    found = Cli(tmp_path)
    (tmp_path / "leads.csv").write_text("Email,Name\nada@lovelace.example,Ada Lovelace\n")
    found.ok("import", "leads.csv")
    return found


@contextmanager
def opened(cli: Cli) -> Iterator[Workspace]:
    with Workspace.open(load_config({}, cli.environment)) as workspace:
        yield workspace


@contextmanager
def page(cli: Cli, *words: str) -> Iterator[tuple[str, Popen[bytes]]]:
    """A process of `leadsync serve --grid`, and the address that it prints."""
    process = cli.start("serve", "--grid", "--port", "0", *words)
    try:
        yield next_address(process), process
    finally:
        process.kill()
        process.communicate()


def next_address(process: Popen[bytes]) -> str:
    assert process.stderr is not None
    line = process.stderr.readline().decode()
    found = re.search(r"open (http://\S+);", line)
    assert found, line
    return found[1]


def run(work: Callable[[aiohttp.ClientSession], Coroutine[Any, Any, None]]) -> None:
    """Do something with a client that keeps cookies, also of addresses without a name."""

    async def main() -> None:
        jar = aiohttp.CookieJar(unsafe=True)
        async with aiohttp.ClientSession(cookie_jar=jar) as session:
            await work(session)

    asyncio.run(main())


def colours_of(png: bytes) -> int:
    """How many different lines of pixels a picture has; a blank one has a single one."""
    at, data, width = 8, b"", 0
    while at < len(png):
        size, kind = struct.unpack(">I4s", png[at : at + 8])
        if kind == b"IHDR":
            width = struct.unpack(">I", png[at + 8 : at + 12])[0]
        if kind == b"IDAT":
            data += png[at + 8 : at + 8 + size]
        at += size + 12
    raw = zlib.decompress(data)
    step = len(raw) // max(1, len(raw) // (width * 3 + 1))
    return len({raw[n : n + step] for n in range(0, len(raw), step)})


# in a browser --------------------------------------------------------------------------------
def test_a_lead_is_seen_in_a_browser_and_edited_there(cli: Cli, tmp_path: Path) -> None:
    find_chromium()

    async def main(url: str) -> None:
        async with a_tab(tmp_path) as tab:
            await tab.open(url)
            await tab.until(lambda: "Ada Lovelace" in tab.text and "1 / 1" in tab.text)
            assert colours_of(await tab.picture()) > 20
            rights = ["clipboardReadWrite", "clipboardSanitizedWrite"]
            await tab.call("Browser.grantPermissions", permissions=rights)
            await tab.type("y")
            await tab.until(lambda: "sent to the browser" in tab.text)
            copied = await tab.run("navigator.clipboard.readText()")
            assert copied == "ada@lovelace.example"
            await tab.type("E")
            await tab.until(lambda: "this is not done in a browser" in tab.text)
            await tab.press("Escape", 27)
            await tab.until(lambda: "this is not done in a browser" not in tab.text)
            await tab.type(":")
            await tab.until(lambda: "type to find" in tab.text)
            for key in "Add a user":  # the first one would be logged in on the serving machine
                await tab.type(key)
            await tab.until(lambda: "Add a user" in tab.text)
            await tab.press("Enter", 13)
            await tab.until(lambda: "this is not done in a browser" in tab.text)
            for key in "la":  # to the name; then a lead is added
                await tab.type(key)
            await tab.until(lambda: "New lead in" in tab.text)
            await tab.press("Escape", 27)
            await tab.until(lambda: "New lead in" not in tab.text)
            await tab.type("z")
            await tab.type("d")  # the cell is cleared
            await tab.until(lambda: "Ada Lovelace" not in tab.text)
            host = urlsplit(url).netloc
            assert {urlsplit(asked).netloc for asked in tab.requested} == {host}
            assert tab.said == []

    with page(cli) as (url, _process):
        asyncio.run(main(url))
    with opened(cli) as workspace:
        assert list(workspace.store.scan({}, ("email", "name"))) == [("ada@lovelace.example", None)]
        assert workspace.store.units()[0].by_hand


def test_with_users_the_page_asks_who_is_there_and_history_knows_it(
    cli: Cli, tmp_path: Path
) -> None:
    find_chromium()
    with opened(cli) as workspace:
        add_user(workspace, "ada@team.example", PASSWORD, role=Role.OWNER, cost=FAST)
    with opened(cli) as workspace:
        add_user(workspace, "grace@team.example", PASSWORD, role=Role.MEMBER, cost=FAST)

    async def main(url: str) -> None:
        async with a_tab(tmp_path) as tab:
            await tab.open(url)
            await log_in(tab, "not it, not it")
            said = await tab.run("document.querySelector('[role=alert]').textContent")
            assert "the e-mail or the password is wrong" in said
            await log_in(tab, PASSWORD)
            await tab.until(lambda: "Ada Lovelace" in tab.text)
            await tab.press("o", 79, modifiers=2)  # Ctrl+O: import a file
            await tab.until(lambda: "this is not done in a browser" in tab.text)
            for key in "lzd":
                await tab.type(key)
            await tab.until(lambda: "Ada Lovelace" not in tab.text)
            await tab.press("q", 81, modifiers=2)  # Ctrl+Q
            await tab.until(lambda: tab.closed == 1)
            loads = tab.loads
            await tab.run("document.querySelector('#over button').click()")
            await tab.until(lambda: tab.loads > loads)
            assert await tab.run("location.pathname") == "/login"

    async def log_in(tab: Any, password: str) -> None:
        loads = tab.loads
        await tab.run(
            "document.querySelector('#email').value = 'grace@team.example';"
            f"document.querySelector('#password').value = {password!r};"
            "document.querySelector('form').requestSubmit()"
        )
        await tab.until(lambda: tab.loads > loads)

    with page(cli) as (url, _process):
        assert urlsplit(url).query == ""
        asyncio.run(main(url))
    with opened(cli) as workspace:
        assert workspace.actor == "ada@team.example"  # the login of this machine is as it was
        assert workspace.store.units()[0].actor == "grace@team.example"
    with closing(open_store(f"sqlite:///{cli.folder}/home/leadsync.db")) as store:
        assert [bool(session.ended_at) for session in list_sessions(store)] == [False, True]


# before it -----------------------------------------------------------------------------------
def test_an_address_works_once_and_nothing_is_seen_without_it(cli: Cli) -> None:
    with page(cli) as (url, process):
        base = url.partition("/?")[0]

        async def outside(session: aiohttp.ClientSession) -> None:
            for path in ("/", "/?ticket=x", "/ws", "/static/js/textual.js", "/download/x", "/x"):
                async with session.get(base + path) as answer:
                    assert answer.status == 403, path
                    assert "Ada" not in await answer.text()

        async def inside(session: aiohttp.ClientSession) -> None:
            async with session.get(url) as answer:
                assert answer.status == 200
                assert "textual.js" in await answer.text()
                policy = answer.headers["Content-Security-Policy"]
                assert "default-src 'none'" in policy
                assert answer.headers["Referrer-Policy"] == "same-origin"
                assert (
                    answer.history[0]
                    .headers["Set-Cookie"]
                    .endswith("; HttpOnly; Path=/; SameSite=Strict")
                )
            async with session.get(f"{base}/static/js/textual.js") as answer:
                assert answer.status == 200
                assert answer.headers["X-Content-Type-Options"] == "nosniff"
            for path in ("/static/", "/static/../server.py", "/static/%2e%2e/server.py"):
                async with session.get(base + path) as answer:
                    assert answer.status in (403, 404), path

        async def again(session: aiohttp.ClientSession) -> None:
            async with session.get(url) as answer:
                assert answer.status == 403

        run(outside)
        run(inside)
        run(again)
        run(outside)
        assert next_address(process) != url


def test_other_names_and_other_pages_do_not_come_in(cli: Cli) -> None:
    with page(cli) as (url, _process):
        base = url.partition("/?")[0]
        host = urlsplit(base).netloc

        async def inside(session: aiohttp.ClientSession) -> None:
            rebound = {"Host": f"evil.example:{urlsplit(base).port}"}
            async with session.get(url, headers=rebound) as answer:
                assert answer.status == 403
            async with session.get(url) as answer:
                assert answer.status == 200
            async with session.get(base, headers=rebound) as answer:
                assert answer.status == 403
            for origin in ("http://evil.example", "null", f"https://{host}", "http://127.0.0.1"):
                with pytest.raises(aiohttp.WSServerHandshakeError, match="403"):
                    await session.ws_connect(f"{base}/ws", origin=origin)
            with pytest.raises(aiohttp.WSServerHandshakeError, match="403"):
                await session.ws_connect(f"{base}/ws")
            async with session.post(f"{base}/login", data={"email": "a"}) as answer:
                assert answer.status == 403

        run(inside)


def test_what_no_page_sends_ends_one_visit_and_the_app_ends_with_the_server(
    cli: Cli, tmp_path: Path
) -> None:
    with page(cli) as (url, process):
        base = url.partition("/?")[0]

        async def visit(session: aiohttp.ClientSession) -> None:
            async with session.get(url) as answer:
                assert answer.status == 200
            for sent in ("{", "[]", '["resize", 1]', '["stdin", 7]'):
                async with session.ws_connect(f"{base}/ws", origin=base) as socket:
                    await socket.send_str(sent)
                    async for _message in socket:
                        pass
                    assert socket.closed
            address = f"{base}/ws?width=99999999999&height=-1"
            async with session.ws_connect(address, origin=base) as socket:
                seen = b""
                async for message in socket:
                    if message.type is aiohttp.WSMsgType.BINARY:
                        seen += message.data
                    if b"Ada" in seen:
                        break
                children = psutil.Process(process.pid).children(recursive=True)
                *bad, _good = sorted(children, key=lambda child: child.create_time())
                assert not psutil.wait_procs(bad, timeout=20)[1]
                process.send_signal(signal.SIGTERM)
                assert await asyncio.to_thread(process.wait, 30) == 0
                psutil.wait_procs(children, timeout=10)
                assert not any(child.is_running() for child in children)

        run(visit)
    (log,) = (tmp_path / "home").rglob("leadsync.log")
    told = re.findall(r"the page does not send: (\w+) in (\w+):[0-9]+", log.read_text())
    assert [name for name, _ in told] == [
        "JSONDecodeError",
        "IndexError",
        "TypeError",
        "AttributeError",
    ]
    assert told[-1][1] == "_process_messages"


def test_the_secret_of_the_address_is_in_no_file(cli: Cli, tmp_path: Path) -> None:
    with page(cli) as (url, _process):
        run(lambda session: _open(session, url))
    ticket = url.partition("ticket=")[2].encode()
    files = [path for path in (tmp_path / "home").rglob("*") if path.is_file()]
    assert files
    assert not any(ticket in path.read_bytes() for path in files)


async def _open(session: aiohttp.ClientSession, url: str) -> None:
    async with session.get(url) as answer:
        assert answer.status == 200


@pytest.mark.parametrize(
    "words", [("--host", "0.0.0.0"), ("--public-url", "https://crm.example.com")]
)
def test_others_than_this_machine_need_a_login_and_a_word(cli: Cli, words: tuple[str, str]) -> None:
    refused = cli("serve", "--grid", "--port", "0", *words, "--allow-remote")
    assert refused.code == 5
    assert "until a login is needed" in refused.err
    with opened(cli) as workspace:
        add_user(workspace, "ada@team.example", PASSWORD, role=Role.OWNER, cost=FAST)
    refused = cli("serve", "--grid", "--port", "0", *words)
    assert refused.code == 4
    assert "--allow-remote" in refused.err


def test_what_is_no_form_is_a_bad_request_without_a_traceback(cli: Cli) -> None:
    with opened(cli) as workspace:
        add_user(workspace, "ada@team.example", PASSWORD, role=Role.OWNER, cost=FAST)
    kinds = [
        ("application/x-www-form-urlencoded", b"\xff\xfe=1"),
        ("application/x-www-form-urlencoded; charset=nope", b"email=a"),
        ("multipart/form-data", b"--x\r\n\r\na\r\n--x--\r\n"),
        ("multipart/form-data; boundary=x", b"nothing of it"),
        ("multipart/form-data; boundary=x", b"--x\r\nContent-Type: a\r\n\r\na\r\n--x--\r\n"),
        ("multipart/form-data; boundary=" + "x" * 200, b""),
        (
            "multipart/form-data; boundary=x",
            b'--x\r\nContent-Disposition: form-data; name="email"\r\n'
            b"Content-Type: text/plain; charset=nope\r\n\r\na\r\n--x--\r\n",
        ),
        (
            "multipart/form-data; boundary=x",
            b'--x\r\nContent-Disposition: form-data; name="email"\r\n'
            b"Content-Transfer-Encoding: base64\r\n\r\n***\r\n--x--\r\n",
        ),
    ]
    with page(cli) as (url, process):

        async def send(session: aiohttp.ClientSession) -> None:
            for kind, body in kinds:
                headers = {"Origin": url.rstrip("/"), "Content-Type": kind}
                async with session.post(f"{url}login", data=body, headers=headers) as answer:
                    assert answer.status in (400, 403), (kind, body, await answer.text())

        run(send)
        process.terminate()
        said = process.communicate(timeout=30)[1]
    assert b"Traceback" not in said


def test_wrong_passwords_have_to_wait(cli: Cli) -> None:
    with opened(cli) as workspace:
        add_user(workspace, "ada@team.example", PASSWORD, role=Role.OWNER, cost=FAST)
    with page(cli) as (url, _process):

        async def guess(session: aiohttp.ClientSession) -> None:
            headers = {"Origin": url.rstrip("/")}
            for _ in range(12):
                data = {"email": "ada@team.example", "password": "wrong wrong"}
                async with session.post(f"{url}login", data=data, headers=headers) as answer:
                    assert answer.status == 403
                    text = await answer.text()
                if "try again in" in text or "wait" in text:
                    return
            pytest.fail(text)

        began = time.monotonic()
        run(guess)
        assert time.monotonic() - began < 30
