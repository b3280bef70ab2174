"""Logins, users and tokens from the command line, and secrets that are nowhere to be found."""

from __future__ import annotations

import json
import os
import stat
import subprocess
from contextlib import closing
from pathlib import Path

import psutil
import pytest

from leadsync.core.access.records import SESSIONS, TOKENS, USERS
from leadsync.core.access.rights import Right, Role
from leadsync.core.errors import Exit
from leadsync.core.store.opening import open_store
from tests.cli.conftest import COMMAND, Cli, on_both_engines
from tests.cli.test_keys import KEYRING
from tests.cli.test_terminal import Terminal
from tests.entering import YEAR_2000, a_token, a_user

ADA, GRACE = "ada@acme.example", "grace@acme.example"
PASSWORD = "planted correct horse"
OTHER = "planted staple battery"
WRONG = "planted wrong word"
PROVIDER_KEY = "planted-hunter-key-0123456789"


def store_of(cli: Cli) -> str:
    return f"sqlite:///{cli.folder / 'home' / 'leadsync.db'}"


@pytest.fixture
def owned(cli: Cli) -> Cli:
    """`leadsync` on a store with one lead, whose owner is logged in."""
    cli.ok("leads", "add", "--set", "email=a@x.example")
    cli.ok("users", "add", ADA, "--password-stdin", stdin=PASSWORD)
    return cli


def on_another_machine(cli: Cli, name: str) -> Cli:
    """The same store, from another home folder."""
    other = Cli(cli.folder, cli.environment.get("LEADSYNC_STORE", store_of(cli)))
    other.environment.pop("LEADSYNC_TOKEN", None)
    other.environment["LEADSYNC_HOME"] = str(cli.folder / name)
    return other


def test_a_file_is_open_until_it_has_a_user(cli: Cli) -> None:
    assert "is open" in cli.ok("whoami").out
    assert cli.ok("users", "add", ADA, "--password-stdin", stdin=PASSWORD).err.splitlines() == [
        f"{ADA} is owner now",
        "you are logged in here; everybody has to log in from now on: leadsync login",
    ]
    assert cli.ok("whoami", "--json").json["user"] == ADA
    stranger = on_another_machine(cli, "elsewhere")
    refused = stranger("leads", "list")
    assert (refused.code, refused.out) == (Exit.HELD, "")
    assert refused.err == "error: nobody is logged in here\n  next: leadsync login\n"


def test_a_login_and_its_end(owned: Cli) -> None:
    laptop = on_another_machine(owned, "laptop")
    shown = laptop.ok("login", ADA, "--password-stdin", "--json", stdin=PASSWORD)
    assert shown.json["place"] == str(owned.folder / "laptop" / "sessions.json")
    assert laptop.ok("leads", "count").out.strip() == "1"
    assert "logged out" in laptop.ok("logout").err
    assert laptop("leads", "count").code == Exit.HELD
    assert laptop("whoami").code == Exit.HELD
    assert "nobody was logged in" in laptop.ok("logout").err


def test_wrong_passwords_end_with_five_and_then_have_to_wait(owned: Cli) -> None:
    laptop = on_another_machine(owned, "laptop")
    said = [laptop("login", ADA, "--password-stdin", stdin=WRONG) for _ in range(3)]
    assert {result.code for result in said} == {Exit.HELD}
    assert all("the e-mail or the password is wrong" in result.err for result in said)
    with closing(open_store(store_of(owned))) as store:  # as if it were this second still
        store.change_shared("logins", lambda doc: {name: [9, 9e9] for name in doc})
    assert (
        "too many wrong passwords" in laptop("login", ADA, "--password-stdin", stdin=PASSWORD).err
    )


def test_many_processes_at_once_get_no_more_tries_than_one(owned: Cli) -> None:
    laptop = on_another_machine(owned, "laptop")
    processes = [
        subprocess.Popen(
            [*COMMAND, "login", ADA, "--password-stdin"],
            stdin=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=laptop.folder,
            env=laptop.environment,
        )
        for _ in range(8)
    ]
    for process in processes:  # all of them have begun before one is told the password
        assert process.stdin
        process.stdin.write(f"{WRONG}\n".encode())
        process.stdin.flush()
    said = [process.communicate()[1].decode() for process in processes]
    answered = sum("is wrong" in text for text in said)
    refused = sum("too many wrong passwords" in text for text in said)
    assert answered + refused == 8
    # Three are free; a further one may come when the second that it has to wait has passed.
    assert 3 <= answered <= 5, said


def test_an_expired_login_says_so(owned: Cli) -> None:
    with closing(open_store(store_of(owned))) as store:
        for session in store.documents(SESSIONS):
            store.save(SESSIONS, {**session, "expiresAt": YEAR_2000})
    refused = owned("leads", "list")
    assert refused.code == Exit.HELD
    assert f"the login of {ADA} expired on 2000-01-01" in refused.err


def test_a_file_of_logins_that_others_may_read_is_not_used(owned: Cli) -> None:
    path = owned.folder / "home" / "sessions.json"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    path.chmod(0o644)
    refused = owned("leads", "list")
    assert refused.code == Exit.HELD
    assert f"next: chmod 600 {path}" in refused.err
    path.chmod(0o600)
    owned.ok("leads", "list")


def test_a_file_of_logins_is_private_also_where_new_files_are_not(owned: Cli) -> None:
    before = os.umask(0)
    try:
        laptop = on_another_machine(owned, "laptop")
        laptop.ok("login", ADA, "--password-stdin", stdin=PASSWORD)
    finally:
        os.umask(before)
    path = owned.folder / "laptop" / "sessions.json"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_where_the_system_has_a_keyring_the_login_is_there(cli: Cli) -> None:
    (cli.folder / "filekeyring.py").write_text(KEYRING)
    cli.environment |= {
        "PYTHON_KEYRING_BACKEND": "filekeyring.FileKeyring", "PYTHONPATH": str(cli.folder),
    }  # fmt: skip
    cli.ok("users", "add", ADA, "--password-stdin", stdin=PASSWORD)
    assert cli.ok("whoami", "--json").json["place"] == "keyring"
    (secret,) = json.loads((cli.folder / "system-keyring.json").read_text()).values()
    assert secret.startswith("lss_1_")
    assert secret not in (cli.folder / "home" / "sessions.json").read_text()
    (cli.folder / "system-keyring.json").unlink()
    gone = cli("leads", "list")
    assert (gone.code, "in the keyring no more" in gone.err) == (Exit.HELD, True)
    assert "next: leadsync login" in gone.err
    cli.environment["PYTHON_KEYRING_BACKEND"] = "keyring.backends.fail.Keyring"
    assert "leadsync login" in cli("leads", "list").err
    cli.ok("login", ADA, "--password-stdin", stdin=PASSWORD)
    cli.ok("leads", "list")


def test_a_password_is_asked_for_twice_and_not_shown(cli: Cli) -> None:
    terminal = Terminal(cli, "users", "add", ADA)
    terminal.wait_for(f"Password of {ADA}: ")
    asked = [" ".join(process.cmdline()) for process in processes_of(terminal)]
    terminal.type(PASSWORD)
    terminal.wait_for("Again: ")
    terminal.type(PASSWORD)
    assert terminal.end() == Exit.DONE, terminal.text
    assert f"{ADA} is owner now" in terminal.text
    assert PASSWORD not in terminal.text
    assert asked
    assert not any("planted" in line for line in asked)


def test_two_new_passwords_that_differ_change_nothing(cli: Cli) -> None:
    terminal = Terminal(cli, "users", "add", ADA)
    terminal.wait_for(f"Password of {ADA}: ")
    terminal.type(PASSWORD)
    terminal.wait_for("Again: ")
    terminal.type(OTHER)
    assert terminal.end() == Exit.INPUT
    assert "the two passwords differ" in terminal.text
    assert "is open" in cli.ok("whoami").out


def processes_of(terminal: Terminal) -> list[psutil.Process]:
    process = psutil.Process(terminal.process.pid)
    return [process, *process.children(recursive=True)]


def test_without_a_terminal_a_password_is_never_waited_for(owned: Cli) -> None:
    for words in (("login", ADA), ("users", "add", GRACE), ("users", "passwd")):
        refused = owned(*words)
        assert refused.code == Exit.INPUT
        assert "--password-stdin" in refused.err


def test_users_are_listed_changed_and_removed(owned: Cli) -> None:
    owned.ok("users", "add", GRACE, "--role", "member", "--password-stdin", stdin=OTHER)
    assert [(u["email"], u["role"]) for u in owned.ok("users", "list", "--json").json] == [
        (ADA, "owner"), (GRACE, "member"),
    ]  # fmt: skip
    owned.ok("users", "role", GRACE, "viewer")
    assert "no role" in owned("users", "role", GRACE, "boss").err
    laptop = on_another_machine(owned, "laptop")
    laptop.ok("login", GRACE, "--password-stdin", stdin=OTHER)
    refused = laptop("leads", "edit", "1", "--set", "name=Grace")
    assert refused.code == Exit.HELD
    assert refused.err.startswith(f"error: {GRACE} is a viewer here and may not change anything")
    asked = owned("users", "rm", GRACE)
    assert (asked.code, "nobody can be asked here" in asked.err) == (Exit.INPUT, True)
    assert laptop.ok("leads", "count").out == "1\n"
    owned.ok("users", "rm", GRACE, "--yes")
    assert laptop("leads", "list").code == Exit.HELD
    labels = [line.split("\t")[3] for line in owned.ok("history").lines[1:4]]
    assert labels == [
        f"remove user {GRACE}", f"make {GRACE} viewer", f"add user {GRACE} as member",
    ]  # fmt: skip


def test_a_password_is_changed(owned: Cli) -> None:
    wrong = owned("users", "passwd", "--password-stdin", stdin=f"{WRONG}\n{OTHER}\n")
    assert wrong.code == Exit.HELD
    alone = owned("users", "passwd", "--password-stdin", stdin=f"{PASSWORD}\n")
    assert alone.code == Exit.INPUT
    assert "there is no new password on the standard input" in alone.err
    assert "the new one the second" in alone.err
    owned.ok("users", "passwd", "--password-stdin", stdin=f"{PASSWORD}\n{OTHER}\n")
    laptop = on_another_machine(owned, "laptop")
    assert laptop("login", ADA, "--password-stdin", stdin=PASSWORD).code == Exit.HELD
    laptop.ok("login", ADA, "--password-stdin", stdin=OTHER)


def test_a_token_of_cron_does_what_its_scope_says_and_is_revoked(owned: Cli) -> None:
    made = owned.ok("tokens", "add", "cron", "--scope", "edit,export", "--days", "30")
    token = made.out.strip()
    cron = on_another_machine(owned, "cron")
    cron.environment["LEADSYNC_TOKEN"] = token
    cron.ok("leads", "edit", "1", "--set", "name=Cron")
    assert cron.ok("history", "--json").json[0]["actor"] == f"{ADA} (token cron)"
    cron.ok("export", "out.csv")
    refused = cron("import", "-", stdin="Email\nb@x.example\n")
    assert refused.code == Exit.HELD
    assert f'the token "cron" of {ADA} has no scope "import"' in refused.err
    assert owned.ok("tokens", "list", "--json").json == [
        {
            "id": 1, "name": "cron", "scopes": ["read", "edit", "export"], "user": ADA,
            "state": "valid", **dates(owned),
        }
    ]  # fmt: skip
    owned.ok("tokens", "revoke", "cron")
    assert "was revoked on" in cron("leads", "list").err
    assert "(its name or number)" not in owned("tokens", "revoke", "nothing").err


def dates(cli: Cli) -> dict[str, str]:
    (token,) = cli.ok("tokens", "list", "--json").json
    return {name: token[name] for name in ("createdAt", "expiresAt")}


def test_a_worker_without_the_scope_ends_at_once(owned: Cli) -> None:
    token = owned.ok("tokens", "add", "reader", "--scope", "read").out.strip()
    refused = owned("worker", "--once", LEADSYNC_TOKEN=token)
    assert (refused.code, 'no scope "enrich"' in refused.err) == (Exit.HELD, True)
    token = owned.ok("tokens", "add", "worker", "--scope", "enrich").out.strip()
    owned.ok("worker", "--once", LEADSYNC_TOKEN=token)


def test_a_forged_token_ends_with_five_and_is_not_repeated(owned: Cli) -> None:
    forged = f"lst_1_{'planted' * 6}x"
    refused = owned("leads", "list", LEADSYNC_TOKEN=forged)
    assert refused.code == Exit.HELD
    assert "the token in LEADSYNC_TOKEN is not valid here" in refused.err
    assert "planted" not in refused.err


def test_the_last_user_of_a_file_leaves_it_open(owned: Cli) -> None:
    owned.ok("users", "rm", ADA, "--yes")
    assert "is open" in owned.ok("whoami").out


@pytest.mark.mongo
def test_two_people_share_a_database_and_nobody_else_gets_in(
    tmp_path: Path, mongo_db_url: str
) -> None:
    ada = Cli(tmp_path, mongo_db_url)
    del ada.environment["LEADSYNC_TOKEN"]
    with closing(open_store(mongo_db_url)) as store:  # a new database: without the tests' own user
        for kind in (USERS, TOKENS):
            store.db[kind].drop()  # type: ignore[attr-defined]
    first = ada("leads", "list")
    assert (first.code, "no users yet" in first.err) == (Exit.HELD, True)
    assert "leadsync users add" in first.err
    ada.ok("users", "add", ADA, "--password-stdin", stdin=PASSWORD)
    ada.ok("users", "add", GRACE, "--password-stdin", stdin=OTHER)
    grace = on_another_machine(ada, "grace")
    assert grace("leads", "list").code == Exit.HELD
    grace.ok("login", GRACE, "--password-stdin", stdin=OTHER)
    grace.ok("leads", "add", "--set", "email=a@x.example")
    ada.ok("leads", "edit", "1", "--set", "name=A")
    actors = [unit["actor"] for unit in ada.ok("history", "--json").json]
    assert actors == [ADA, GRACE, ADA, "ada"]
    assert grace("users", "list").code == Exit.HELD
    assert "is let in no more" in ada.ok("users", "rm", GRACE, "--yes").err
    assert grace("leads", "list").code == Exit.HELD


@on_both_engines
def test_doctor_says_who_is_logged_in_or_that_somebody_has_to(engine_cli: Cli) -> None:
    engine_cli.ok("campaigns", "add", "Q4")
    found = {f["check"]: f for f in engine_cli.ok("doctor", "--offline", "--json").json}
    assert found["login"]["verdict"] == "ok"
    if "LEADSYNC_TOKEN" in engine_cli.environment:
        del engine_cli.environment["LEADSYNC_TOKEN"]
        shown = engine_cli("doctor", "--offline", "--json")
        found = {f["check"]: f for f in shown.json}
        assert shown.code == Exit.PARTLY
        assert found["login"]["verdict"] == "fail"
        assert "leadsync login" in found["login"]["detail"]


def test_completion_without_a_login_offers_nothing_and_says_nothing(owned: Cli) -> None:
    stranger = on_another_machine(owned, "elsewhere")
    line = "leadsync leads list --campaign "
    shown = stranger.ok(_LEADSYNC_COMPLETE="complete_bash", COMP_WORDS=line, COMP_CWORD="4")
    assert (shown.out.strip(), shown.err) == ("", "")


def test_planted_secrets_are_found_nowhere(owned: Cli) -> None:
    """In no file but those that are for them, no output, no list of processes, no completion."""
    token = owned.ok("tokens", "add", "cron", "--scope", "read").out.strip()
    session = json.loads((owned.folder / "home" / "sessions.json").read_text()).popitem()[1]
    said: list[str] = []

    def run(*words: str, **more: str) -> None:
        done = owned(*words, **more)
        said.extend((done.out, done.err))

    owned.ok("keys", "set", "hunter", stdin=PROVIDER_KEY)
    run("users", "add", GRACE, "--password-stdin", "--json", stdin=OTHER)
    run("login", ADA, "--password-stdin", stdin=WRONG)
    run("login", "nobody@acme.example", "--password-stdin", "--json", stdin=WRONG)
    run("users", "add", "x@acme.example", "--password-stdin", stdin="planted")  # too short
    run("users", "passwd", "--password-stdin", stdin=f"{WRONG}\n{OTHER}\n")
    for words in ("whoami", "users list", "tokens list", "history", "keys list", "config show",
                  "doctor --offline"):  # fmt: skip
        run(*words.split(), "--json")
    run("dump", "dump.jsonl")
    run("leads", "list", LEADSYNC_TOKEN=f"{token[:-4]}wxyz")
    run("import", "nothing.csv", LEADSYNC_TOKEN=token)
    for word in ("users", "tokens", "login", "keys"):
        run(_LEADSYNC_COMPLETE="complete_bash", COMP_WORDS=f"leadsync {word} ", COMP_CWORD="2")
    crash(owned, token)
    assert not any("$2b$" in text for text in said)
    secrets = [PASSWORD, OTHER, WRONG, PROVIDER_KEY, token, token.split("_", 2)[2], session,
               session.split("_", 2)[2]]  # fmt: skip
    for secret in secrets:
        assert not any(secret in text for text in said), secret
        found = [
            path.name for path in files_of(owned.folder) if secret.encode() in path.read_bytes()
        ]
        allowed = {PROVIDER_KEY: ["keys.json"], session: ["sessions.json"]}
        allowed[session.split("_", 2)[2]] = ["sessions.json"]
        assert found == allowed.get(secret, []), secret
    assert (owned.folder / "home" / "errors.log").exists()
    assert (owned.folder / "home" / "leadsync.log").exists()


def crash(cli: Cli, token: str) -> None:
    """End a command by a bug of ours whose error has a token in it."""
    (cli.folder / "sitecustomize.py").write_text(
        "import os\n"
        "from leadsync.core.access import recognising\n"
        "def broken(*_args, **_more):\n"
        "    raise RuntimeError(f\"{os.environ['LEADSYNC_TOKEN']} {os.environ['FORGED']}\")\n"
        "recognising.active_of = broken\n"
    )
    forged = f"lst_3_{token.split('_', 2)[2][::-1]}"
    done = cli("leads", "list", LEADSYNC_TOKEN=token, FORGED=forged, PYTHONPATH=str(cli.folder))
    (cli.folder / "sitecustomize.py").unlink()
    assert (done.code, "this is a bug" in done.err) == (Exit.BUG, True)
    log = (cli.folder / "home" / "errors.log").read_text()
    assert "RuntimeError: [key hidden] [key hidden]" in log


def files_of(folder: Path) -> list[Path]:
    return [Path(at) / name for at, _, names in os.walk(folder) for name in names]


def test_a_practice_copy_is_for_who_may_export(owned: Cli) -> None:
    assert "a@x.example" in owned.ok("--practice", "leads", "list").out
    token = owned.ok("tokens", "add", "reader", "--scope", "read").out.strip()
    refused = owned("--practice", "leads", "list", LEADSYNC_TOKEN=token)
    assert (refused.code, 'no scope "export"' in refused.err) == (Exit.HELD, True)
    owned.ok("logout")
    refused = owned("--practice", "leads", "list")
    assert (refused.code, refused.out) == (Exit.HELD, "")


def test_scopes_and_roles_are_offered_after_tab(owned: Cli) -> None:
    def offered(line: str) -> list[str]:
        count = len(line.split(" ")) - 1
        return owned.ok(
            _LEADSYNC_COMPLETE="complete_bash", COMP_WORDS=line, COMP_CWORD=str(count)
        ).lines

    assert offered("leadsync tokens add --scope ex") == ["export"]
    assert offered("leadsync tokens add --scope read,en") == ["read,enrich"]
    assert offered("leadsync users add --role v") == ["viewer"]


def test_a_token_of_a_removed_user_lets_nobody_in(owned: Cli) -> None:
    with closing(open_store(store_of(owned))) as store:
        user = a_user(store, GRACE, Role.MEMBER)
        token = a_token(store, user, Right.READ)
        assert owned.ok("leads", "count", LEADSYNC_TOKEN=token).out.strip() == "1"
        store.save(USERS, {**store.documents(USERS)[-1], "removedAt": YEAR_2000})
    assert "not valid here" in owned("leads", "count", LEADSYNC_TOKEN=token).err
