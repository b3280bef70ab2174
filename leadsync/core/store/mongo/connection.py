"""Connections to a MongoDB server, and clear errors of its driver."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

from pymongo import MongoClient
from pymongo.errors import (
    ConfigurationError,
    ConnectionFailure,
    DocumentTooLarge,
    InvalidURI,
    OperationFailure,
    PyMongoError,
)
from pymongo.uri_parser import parse_uri

from leadsync.core.errors import AccessError, InputError, StoreError
from leadsync.core.store.mongo.migrating import prepare

if TYPE_CHECKING:
    from collections.abc import Generator

    from pymongo.database import Database

DEFAULT_DATABASE = "leadsync"
SERVER_TIMEOUT_MS = 4000  # a server that is not there is said so within 5 s
ANSWER_TIMEOUT_MS = 120_000  # taking back an import of a million leads is one update
_REFUSED = frozenset({13, 18, 8000})  # Unauthorized, AuthenticationFailed, Atlas' own


def open_database(url: str) -> tuple[MongoClient[Any], Database[Any], str]:
    """A client, the database that `url` names, and its address for people, without password.

    Raises:
        InputError: the address cannot be read.
        StoreError: no server answers there, or a newer LeadSync wrote the database.
        AccessError: the server refused the login.
    """
    try:
        parsed = parse_uri(url, validate=True)
    except (InvalidURI, ConfigurationError, ValueError) as error:
        raise InputError(
            "the MongoDB address of the store cannot be read",
            next_step="write it as mongodb://USER:PASSWORD@HOST:27017/DATABASE",
        ) from error
    name = parsed["database"] or DEFAULT_DATABASE
    hosts = ",".join(f"{host}:{port}" for host, port in parsed["nodelist"])
    place = f"mongodb://{hosts}/{name}"
    client: MongoClient[Any] = MongoClient(
        url, serverSelectionTimeoutMS=SERVER_TIMEOUT_MS, connectTimeoutMS=SERVER_TIMEOUT_MS,
        socketTimeoutMS=ANSWER_TIMEOUT_MS,
        appname="leadsync", tz_aware=True,
    )  # fmt: skip
    try:
        with translated_errors(place):
            database: Database[Any] = client[name]
            prepare(database, place)
    except BaseException:
        client.close()
        raise
    return client, database, place


def read_meta(database: Database[Any]) -> dict[str, Any]:
    """The one document about the database: schema, revisions, kinds of documents, `visible`."""
    meta: dict[str, Any] | None = database["meta"].find_one({"_id": "meta"})
    return meta or {}


@contextlib.contextmanager
def translated_errors(place: str) -> Generator[None]:
    """Turn the driver's errors into what happened to which store, and what to do."""
    try:
        yield
    except ConnectionFailure as error:
        raise StoreError(
            f'the store at "{place}" does not answer',
            next_step="check that the server runs and can be reached, then run this again",
        ) from error
    except DocumentTooLarge as error:
        raise InputError(
            "a lead or document is larger than the 16 MB that MongoDB takes",
            next_step="shorten its longest cell",
        ) from error
    except OperationFailure as error:
        if error.code in _REFUSED:
            raise AccessError(
                f'the store at "{place}" refused the login',
                next_step="check user, password and rights in the store's address",
            ) from error
        raise StoreError(
            f'the store at "{place}" answered: {error.details or error}',
            next_step="leadsync doctor",
        ) from error
    except PyMongoError as error:
        raise StoreError(
            f'the store at "{place}" cannot be used: {error}', next_step="leadsync doctor"
        ) from error
