"""Opening a store on MongoDB: addresses, servers that are not there, newer schemas."""

from __future__ import annotations

import socket
import threading
import time
from typing import TYPE_CHECKING

import pytest
from pymongo import MongoClient

from leadsync.core.errors import InputError, LeadSyncError, StoreError
from leadsync.core.store.mongo.store import MongoStore
from tests.contract.making import a_campaign

if TYPE_CHECKING:
    from collections.abc import Iterator


def test_a_server_that_is_not_there_is_named_without_the_password_within_5_s() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    began = time.monotonic()
    with pytest.raises(StoreError) as caught:
        MongoStore(f"mongodb://ada:secret-word@127.0.0.1:{port}/crm")
    assert time.monotonic() - began < 8  # on a busy machine
    assert f"127.0.0.1:{port}/crm" in caught.value.message
    assert "secret-word" not in caught.value.message
    assert caught.value.next_step


@pytest.mark.parametrize("url", ["mongodb://", "mongodb://a:b:c/x", "mongodb://host:port/db"])
def test_an_address_that_cannot_be_read_is_said_so(url: str) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        MongoStore(url)


@pytest.fixture
def hanging_server() -> Iterator[int]:
    """A port where connections are taken and nothing is ever answered."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        ended = threading.Event()
        held: list[socket.socket] = []

        def accept() -> None:
            server.settimeout(0.1)
            while not ended.is_set():
                try:
                    held.append(server.accept()[0])
                except TimeoutError:
                    continue

        thread = threading.Thread(target=accept)
        thread.start()
        yield server.getsockname()[1]
        ended.set()
        thread.join()
        for connection in held:
            connection.close()


def test_a_server_that_never_answers_is_given_up(hanging_server: int) -> None:
    began = time.monotonic()
    with pytest.raises(StoreError, match="does not answer"):
        MongoStore(f"mongodb://127.0.0.1:{hanging_server}/crm")
    assert time.monotonic() - began < 10


@pytest.mark.mongo
def test_a_database_of_a_newer_leadsync_is_refused(mongo_db_url: str) -> None:
    store = MongoStore(mongo_db_url)
    a_campaign(store)
    store.db["meta"].update_one({"_id": "meta"}, {"$set": {"schema": 99}})
    store.close()
    with pytest.raises(StoreError, match="newer LeadSync"):
        MongoStore(mongo_db_url)


@pytest.mark.mongo
def test_a_store_that_was_closed_opens_again_with_all_it_had(mongo_db_url: str) -> None:
    store = MongoStore(mongo_db_url)
    campaign = a_campaign(store)
    store.close()
    again = MongoStore(mongo_db_url)
    assert [c.id for c in again.campaigns()] == [campaign]
    again.close()


@pytest.mark.mongo
def test_a_server_that_goes_away_is_a_clear_error(mongo_db_url: str) -> None:
    """The store talks through a relay that is cut."""
    client: MongoClient[dict[str, object]] = MongoClient(mongo_db_url)
    host, port = client.address or ("", 0)
    name = client.get_default_database().name
    client.close()
    with Relay(host, port) as relay:
        store = MongoStore(f"mongodb://127.0.0.1:{relay.port}/{name}")
        a_campaign(store)
        relay.cut()
        with pytest.raises(LeadSyncError) as caught:
            store.count({})
        store.close()
    assert f"127.0.0.1:{relay.port}" in caught.value.message


class Relay:
    """Passes bytes on to a server until it is cut."""

    def __init__(self, host: str, port: int) -> None:
        self._target = (host, port)
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._server.getsockname()[1]
        self._ends: list[socket.socket] = []
        self._threads = [threading.Thread(target=self._accept, daemon=True)]

    def __enter__(self) -> Relay:
        self._threads[0].start()
        return self

    def __exit__(self, *error: object) -> None:
        self.cut()
        for thread in self._threads:
            thread.join(5)

    def cut(self) -> None:
        for end in (self._server, *self._ends):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:  # it is cut already
                continue
        self._server.close()
        for end in self._ends:
            end.close()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._server.accept()
            except OSError:
                return
            far = socket.create_connection(self._target)
            self._ends += [near, far]
            for source, sink in ((near, far), (far, near)):
                thread = threading.Thread(target=self._pass_on, args=(source, sink), daemon=True)
                self._threads.append(thread)
                thread.start()

    @staticmethod
    def _pass_on(source: socket.socket, sink: socket.socket) -> None:
        try:
            while data := source.recv(65536):
                sink.sendall(data)
        except OSError:
            return
