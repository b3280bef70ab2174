"""Providers' keys from the command line: kept where nobody else reads them, never shown."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.cli.conftest import Cli
from tests.servers.http_server import HttpServer, Reply, Request

if TYPE_CHECKING:
    from collections.abc import Iterator

KEY = "planted-instantly-key-0123456789"
KEYRING = """
from pathlib import Path
import json, os
from keyring.backend import KeyringBackend


class FileKeyring(KeyringBackend):
    priority = 5
    path = Path(os.environ["HOME"]) / "system-keyring.json"

    def _read(self):
        return json.loads(self.path.read_text()) if self.path.exists() else {}

    def get_password(self, service, name):
        return self._read().get(f"{service}/{name}")

    def set_password(self, service, name, password):
        self.path.write_text(json.dumps(self._read() | {f"{service}/{name}": password}))

    def delete_password(self, service, name):
        kept = self._read()
        del kept[f"{service}/{name}"]
        self.path.write_text(json.dumps(kept))
"""


@pytest.fixture
def provider(cli: Cli) -> Iterator[HttpServer]:
    """Instantly, as far as it says whether a key is good."""

    def answer(request: Request) -> Reply:
        if request.headers.get("authorization") != f"Bearer {KEY}":
            return Reply(401, {"statusCode": 401, "error": "Unauthorized", "message": "bad key"})
        return Reply(200, {"id": "0190", "name": "Ada's workspace"})

    with HttpServer(answer).running() as server:
        cli.environment["LEADSYNC_INSTANTLY_BASE_URL"] = server.url
        yield server


def test_a_key_is_kept_in_a_private_file_and_used(cli: Cli, provider: HttpServer) -> None:
    kept = cli.ok("keys", "set", "instantly", stdin=f"{KEY}\n")
    path = cli.folder / "home" / "keys.json"
    assert "INSTANTLY_API_KEY is kept in" in kept.err
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    tested = cli.ok("keys", "test", "instantly")
    assert tested.lines[1].startswith("instantly\taccepted\t")
    assert provider.requests[-1].headers["authorization"] == f"Bearer {KEY}"
    listed = {one["key"]: one["place"] for one in cli.ok("keys", "list", "--json").json}
    assert listed["INSTANTLY_API_KEY"] == str(path)
    assert listed["APIFY_TOKEN"] == ""
    checked = {f["check"]: f["verdict"] for f in cli.ok("doctor", "--json").json}
    assert checked["key instantly"] == "ok"
    cli.ok("keys", "rm", "instantly")
    assert cli("keys", "test", "instantly").code == 5
    assert cli("keys", "rm", "instantly").code == 4
    assert "did you mean" not in cli("keys", "rm", "nope").err


def test_a_refused_key_ends_with_5_and_doctor_says_so(cli: Cli, provider: HttpServer) -> None:
    wrong = "a-key-that-is-not-good"
    refused = cli("keys", "test", INSTANTLY_API_KEY=wrong)
    assert refused.code == 5
    assert "refused" in refused.out
    doctor = cli("doctor", INSTANTLY_API_KEY=wrong)
    assert doctor.code == 3
    asked = len(provider.requests)
    assert cli("doctor", "--offline", INSTANTLY_API_KEY=wrong).code == 0
    assert len(provider.requests) == asked


def test_a_provider_that_cannot_be_reached_ends_with_3(cli: Cli) -> None:
    away = cli(
        "keys", "test", INSTANTLY_API_KEY=KEY, LEADSYNC_INSTANTLY_BASE_URL="http://127.0.0.1:9"
    )
    assert away.code == 3
    assert "instantly cannot be reached" in away.out


def test_a_provider_that_is_down_says_nothing_about_the_key(cli: Cli, provider: HttpServer) -> None:
    provider.script = lambda _request: Reply(503, "down for a while")
    down = cli("keys", "test", "instantly", INSTANTLY_API_KEY=KEY)
    assert down.code == 3
    assert "not asked" in down.out


def test_a_key_is_found_nowhere_else(cli: Cli, provider: HttpServer) -> None:
    said = [
        cli.ok("keys", "set", "instantly", stdin=KEY),
        cli.ok("keys", "list"),
        cli.ok("keys", "test"),
        cli.ok("config", "show", "--json"),
        cli.ok("doctor"),
        cli("keys", "set", "instantly", stdin="short"),
    ]
    assert not any(KEY in result.out + result.err for result in said)
    files = [file for file in cli.folder.rglob("*") if file.is_file()]
    assert [file.name for file in files if KEY.encode() in file.read_bytes()] == ["keys.json"]


def test_a_file_of_keys_that_others_may_read_is_not_used(cli: Cli) -> None:
    cli.ok("keys", "set", "instantly", stdin=KEY)
    path = cli.folder / "home" / "keys.json"
    path.chmod(0o644)
    refused = cli("keys", "list")
    assert refused.code == 5
    assert f"next: chmod 600 {path}" in refused.err
    assert cli("doctor", "--offline").code == 0
    path.chmod(0o600)
    path.write_text("{")
    broken = cli("keys", "list")
    assert (broken.code, "mend or remove it" in broken.err) == (4, True)


def test_where_the_system_has_a_keyring_the_key_is_there(cli: Cli, provider: HttpServer) -> None:
    site = cli.folder / "site"
    site.mkdir()
    (site / "file_keyring.py").write_text(KEYRING)
    cli.environment |= {
        "PYTHONPATH": os.pathsep.join([str(site), os.environ.get("PYTHONPATH", "")]),
        "PYTHON_KEYRING_BACKEND": "file_keyring.FileKeyring",
    }
    assert "is kept in the keyring" in cli.ok("keys", "set", "instantly", stdin=KEY).err
    assert json.loads((cli.folder / "home" / "keys.json").read_text()) == {
        "INSTANTLY_API_KEY": None
    }
    cli.ok("keys", "test", "instantly")
    Path(cli.folder / "system-keyring.json").unlink()
    gone = cli("keys", "test", "instantly")
    assert gone.code == 5
    assert "INSTANTLY_API_KEY is in the keyring no more" in gone.err


def test_the_environment_goes_before_a_kept_key(cli: Cli, provider: HttpServer) -> None:
    cli.ok("keys", "set", "instantly", stdin=KEY)
    both = cli("keys", "test", "instantly", INSTANTLY_API_KEY="another-key-0123")
    assert both.code == 5
    assert provider.requests[-1].headers["authorization"] == "Bearer another-key-0123"
