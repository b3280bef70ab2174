"""docker-compose.yml and Dockerfile: what can be known of them without docker."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from pymongo.uri_parser import parse_uri

from tests.conftest import ROOT

COMMENTS = (ROOT / "docker-compose.yml").read_text()
COMPOSE: dict[str, Any] = yaml.safe_load(COMMENTS)
DOCKERFILE = (ROOT / "Dockerfile").read_text()


def test_the_database_keeps_its_data_in_a_named_volume() -> None:
    (mount,) = COMPOSE["services"]["mongo"]["volumes"]
    volume, folder = mount.split(":")
    assert volume in COMPOSE["volumes"]
    assert folder == "/data/db"


def test_the_database_is_open_to_this_machine_alone() -> None:
    assert all(p.startswith("127.0.0.1:") for p in COMPOSE["services"]["mongo"]["ports"])


def test_the_worker_waits_for_a_ping_of_the_database() -> None:
    mongo, worker = COMPOSE["services"]["mongo"], COMPOSE["services"]["worker"]
    assert mongo["healthcheck"]["test"][:2] == ["CMD", "mongosh"]
    assert "ping" in mongo["healthcheck"]["test"][-1]
    assert worker["depends_on"]["mongo"]["condition"] == "service_healthy"


def test_the_worker_has_the_store_of_the_database_service() -> None:
    store = parse_uri(COMPOSE["services"]["worker"]["environment"]["LEADSYNC_STORE"])
    assert store["nodelist"] == [("mongo", 27017)]
    assert store["database"] == "leadsync"


def test_no_key_stands_in_the_file() -> None:
    environment = COMPOSE["services"]["worker"]["environment"]
    assert {name: value for name, value in environment.items() if name.endswith("_KEY")} == {
        "OPENAI_API_KEY": None
    }


@pytest.mark.parametrize("line", re.findall(r"--rm worker ?(.*?)(?:  |$)", COMMENTS, re.MULTILINE))
def test_the_commands_that_the_file_shows_are_there(line: str) -> None:
    words = line.split() or COMPOSE["services"]["worker"]["command"]
    verbs = [word for word in words[:2] if word.isalpha()]
    leadsync = Path(sys.executable).with_name("leadsync")
    shown = subprocess.run([leadsync, *verbs, "--help"], capture_output=True, text=True, check=True)
    assert shown.stdout.startswith(f"Usage: leadsync {' '.join(verbs)} ")


def test_the_image_has_what_the_build_needs_and_runs_as_a_user_without_rights() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    copied = re.findall(r"^COPY (.*) /source/.*$", DOCKERFILE, re.MULTILINE)
    files = {file for line in copied for file in line.split()}
    assert {"pyproject.toml", "leadsync", project["readme"], *project["license-files"]} <= files
    assert all((ROOT / file).exists() for file in files)
    ignored = (ROOT / ".dockerignore").read_text().split()
    assert {f"!{file}" for file in files} <= set(ignored)
    assert re.findall(r"^USER (.*)$", DOCKERFILE, re.MULTILINE) == ["leadsync"]


def test_the_image_has_a_python_that_the_project_takes() -> None:
    version = re.search(r"FROM python:3\.(\d+)", DOCKERFILE)
    assert version
    assert int(version[1]) >= 11
