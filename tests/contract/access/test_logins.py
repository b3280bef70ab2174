"""Only the right people enter: logins, wrong passwords, sessions."""

from __future__ import annotations

import json
import stat
import threading
from typing import TYPE_CHECKING

import pytest

from leadsync.core.access import sessions, users
from leadsync.core.access.backoff import FREE_TRIES, LONGEST_WAIT_S, wait_after
from leadsync.core.access.passwords import COST, hash_password
from leadsync.core.access.rights import Right, Role
from leadsync.core.errors import AccessError, InputError, LoginNeeded
from leadsync.core.workspace import Workspace
from tests.contract.access.team import ADA, CHEAP, GRACE, OTHER, PASSWORD, Team

if TYPE_CHECKING:
    from pathlib import Path


def test_the_first_user_owns_the_store_and_is_logged_in(team: Team) -> None:
    with team.open(ADA) as workspace:
        assert workspace.actor == ADA
        assert workspace.identity
        assert workspace.identity.rights == frozenset(Right)


def test_without_users_a_file_is_open_and_a_database_lets_nobody_in(
    url: str, engine: str, tmp_path: Path
) -> None:
    team = Team(url, tmp_path)
    if engine == "sqlite":
        with team.open("anybody") as workspace:
            assert (workspace.identity, workspace.actor) == (None, "os")
    else:
        with pytest.raises(AccessError, match="no users yet") as refused:
            team.open("anybody")
        assert "leadsync users add" in refused.value.next_step


def test_from_the_first_user_on_everybody_has_to_log_in(team: Team) -> None:
    with pytest.raises(LoginNeeded, match="nobody is logged in here"):
        team.open("somebody")


def test_only_one_of_two_becomes_the_first_user(url: str, tmp_path: Path) -> None:
    team = Team(url, tmp_path)
    first = Workspace.open(team.config(ADA), adds_first_user=True)
    second = Workspace.open(team.config(GRACE), adds_first_user=True)
    with first, second:
        users.add_user(first, ADA, PASSWORD, role=Role.OWNER, cost=CHEAP)
        with pytest.raises(AccessError, match="somebody else has become the owner"):
            users.add_user(second, GRACE, PASSWORD, role=Role.OWNER, cost=CHEAP)
    with team.open(ADA) as workspace:
        assert [user.email for user in users.list_users(workspace)] == [ADA]


def test_a_login_works_whatever_the_case_of_the_address(team: Team) -> None:
    assert sessions.login(team.config("laptop"), " ADA@acme.com ", PASSWORD).email == ADA
    with team.open("laptop") as workspace:
        assert workspace.actor == ADA


@pytest.mark.parametrize("email", [ADA, "nobody@acme.com"])
def test_which_of_address_and_password_is_wrong_is_not_said(team: Team, email: str) -> None:
    with pytest.raises(AccessError) as refused:
        sessions.login(team.config("laptop"), email, OTHER)
    assert refused.value.message == "the e-mail or the password is wrong"


def test_wrong_passwords_make_the_next_try_wait_twice_as_long(team: Team) -> None:
    now = 1_000_000.0
    config = team.config("laptop")

    def attempt(password: str) -> str:
        try:
            sessions.login(config, ADA, password, now=lambda: now)
        except AccessError as error:
            return error.message
        return "in"

    wrong = "the e-mail or the password is wrong"
    assert [attempt(OTHER) for _ in range(FREE_TRIES)] == [wrong] * FREE_TRIES
    assert "wait 1 s" in attempt(PASSWORD)  # not even the right one is looked at
    now += 1.01
    assert attempt(OTHER) == wrong
    assert "wait 2 s" in attempt(OTHER)
    now += 2.01
    assert attempt(PASSWORD) == "in"
    assert [attempt(OTHER) for _ in range(FREE_TRIES)] == [wrong] * FREE_TRIES
    assert "wait 1 s" in attempt(OTHER)


def test_no_wait_is_longer_than_a_quarter_of_an_hour(team: Team) -> None:
    assert [wait_after(n) for n in range(6)] == [0, 0, 0, 1, 2, 4]
    assert wait_after(10_000) == LONGEST_WAIT_S == 900


def test_addresses_of_nobody_wait_as_those_of_users_do(team: Team) -> None:
    config = team.config("laptop")
    for _ in range(FREE_TRIES):
        with pytest.raises(AccessError, match="is wrong"):
            sessions.login(config, "nobody@acme.com", OTHER, now=lambda: 5.0)
    with pytest.raises(AccessError, match="wait 1 s"):
        sessions.login(config, "nobody@acme.com", OTHER, now=lambda: 5.0)


def test_of_many_tries_at_once_no_more_are_answered_than_of_one_after_the_other(
    team: Team,
) -> None:
    answers: list[str] = []

    def attempt() -> None:
        try:
            sessions.login(team.config("laptop"), ADA, OTHER, now=lambda: 9.0)
        except AccessError as error:
            answers.append(error.message)

    threads = [threading.Thread(target=attempt) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 12
    assert sum("is wrong" in answer for answer in answers) == FREE_TRIES


def test_a_session_expires(team: Team) -> None:
    sessions.login(team.config("laptop"), ADA, PASSWORD, now=lambda: 1000.0)
    with pytest.raises(LoginNeeded, match=r"the login of ada@acme\.com expired on 1970-01-15"):
        team.open("laptop")


def test_a_logout_ends_the_session_also_for_a_copy_of_it(team: Team) -> None:
    path = team.config(ADA).path.with_name("sessions.json")
    copy = path.read_bytes()
    assert sessions.logout(team.config(ADA)) == 1
    with pytest.raises(LoginNeeded, match="nobody is logged in here"):
        team.open(ADA)
    path.write_bytes(copy)
    with pytest.raises(LoginNeeded, match="the login on this machine is over"):
        team.open(ADA)


def test_a_logout_everywhere_ends_the_logins_of_all_machines(team: Team) -> None:
    sessions.login(team.config("laptop"), ADA, PASSWORD)
    assert sessions.logout(team.config("laptop"), everywhere=True) == 2
    with pytest.raises(LoginNeeded):
        team.open(ADA)


def test_a_second_login_on_a_machine_ends_the_first(team: Team) -> None:
    path = team.config(ADA).path.with_name("sessions.json")
    first = path.read_bytes()
    sessions.login(team.config(ADA), ADA, PASSWORD)
    path.write_bytes(first)
    with pytest.raises(LoginNeeded):
        team.open(ADA)


def test_forged_sessions_let_nobody_in(team: Team) -> None:
    path = team.config(ADA).path.with_name("sessions.json")
    (name, real) = next(iter(json.loads(path.read_text()).items()))
    mark, number, secret = real.split("_", 2)
    forged = (
        f"{mark}_{number}_{'A' * 43}",
        f"{mark}_99_{secret}",
        f"{mark}_{number}_{secret[:-1]}{'B' if secret[-1] == 'A' else 'A'}",
        f"lst_{number}_{secret}",
        secret,
        "",
        "../../etc/passwd",
    )
    for text in forged:
        path.write_text(json.dumps({name: text}))
        with pytest.raises(LoginNeeded):
            team.open(ADA)


def test_the_file_of_the_logins_is_for_its_owner_alone(team: Team) -> None:
    path = team.config(ADA).path.with_name("sessions.json")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    path.chmod(0o640)
    with pytest.raises(AccessError, match="others may read") as refused:
        team.open(ADA)
    assert refused.value.next_step == f"chmod 600 {path}"


def test_a_password_has_ten_characters_and_is_no_address_and_not_one_letter(team: Team) -> None:
    with team.open(ADA) as workspace:
        for weak in ("short", "aaaaaaaaaaaaaa", f"x {GRACE} x", "long " * 20, "nul\0 nul nul nul"):
            with pytest.raises(InputError) as refused:
                users.add_user(workspace, GRACE, weak, role=Role.MEMBER, cost=CHEAP)
            assert weak not in refused.value.message


def test_letters_in_two_forms_are_one_password(team: Team) -> None:
    with team.open(ADA) as workspace:
        users.add_user(workspace, GRACE, "zw\u00f6lf gr\u00fcne", role=Role.MEMBER, cost=CHEAP)
    sessions.login(team.config(GRACE), GRACE, "zwo\u0308lf gru\u0308ne")


def test_passwords_are_hashed_at_a_cost_that_guessing_feels() -> None:
    assert COST >= 12
    assert hash_password(PASSWORD).startswith(f"$2b${COST:02}$")
