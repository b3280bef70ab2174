"""Visits: logins through the page of `leadsync serve --grid`."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from leadsync.core.access.passwords import hash_password
from leadsync.core.access.records import USERS, keep
from leadsync.core.access.rights import Role
from leadsync.core.access.session_file import kept_session
from leadsync.core.access.visiting import LASTS_S, begin_visit, end_visit, enter_visit, has_users
from leadsync.core.config import load_config
from leadsync.core.errors import AccessError, LoginNeeded
from tests.contract.making import a_campaign
from tests.entering import a_user

if TYPE_CHECKING:
    from pathlib import Path

    from leadsync.core.access.records import User
    from leadsync.core.config import Config
    from leadsync.core.store.protocol import Store

PASSWORD = "four plain words here"


@pytest.fixture
def config(store: Store, tmp_path: Path) -> Config:
    return load_config({"store": store.url}, {"LEADSYNC_HOME": str(tmp_path), "USER": "ada"})


@pytest.fixture
def grace(store: Store) -> User:
    user = replace(
        a_user(store, "grace@team.example", Role.VIEWER),
        password_hash=hash_password(PASSWORD, cost=4),
    )
    keep(store, USERS, user)
    return user


def test_a_visit_lets_one_user_in_with_their_rights_and_is_not_kept_here(
    store: Store, config: Config, grace: User
) -> None:
    assert has_users(config)
    visit = begin_visit(config, "Grace@team.example", PASSWORD)
    entered, identity = enter_visit(store, visit)
    assert (identity.actor, identity.role) == ("grace@team.example", Role.VIEWER)
    assert entered.campaigns() == store.campaigns()
    with pytest.raises(AccessError, match="may not"):
        a_campaign(entered)
    assert kept_session(config) is None


def test_a_visit_is_over_when_it_expires_is_ended_or_its_user_is_gone(
    store: Store, config: Config, grace: User
) -> None:
    old = begin_visit(config, grace.email, PASSWORD, now=lambda: time.time() - LASTS_S - 1)
    ended, good = (begin_visit(config, grace.email, PASSWORD) for _ in range(2))
    for text in (ended, good[:-1] + "~", "", "lss_99_x"):
        end_visit(config, text)
    for text in (old, ended, good[:-1] + "~", good.replace("lss", "lst"), "", "lss_1_x"):
        with pytest.raises(LoginNeeded, match="is over"):
            enter_visit(store, text)
    enter_visit(store, good)
    keep(store, USERS, replace(grace, removed_at="2026-03-01T00:00:00.000Z"))
    with pytest.raises(LoginNeeded):
        enter_visit(store, good)


def test_a_wrong_password_lets_nobody_in(config: Config, grace: User) -> None:
    for email, password in ((grace.email, "not these words"), ("x@team.example", PASSWORD)):
        with pytest.raises(AccessError, match="the e-mail or the password is wrong"):
            begin_visit(config, email, password)
