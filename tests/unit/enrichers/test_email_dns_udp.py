"""Plain questions to DNS over UDP: whatever comes back, it is read, refused or left to others."""

from __future__ import annotations

import asyncio
import itertools
import struct
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from leadsync.enrichers.email_dns_udp import (
    QUESTIONS_A_PORT,
    CutAnswer,
    NoAnswer,
    Plain,
    QuickQuestions,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    Reply = Callable[[bytes], list[bytes]]

NAME = "acme.de"
PATIENCE_S = 5.0
NO_PATIENCE_S = 0.05
MX, A = 15, 1
OK, REFUSED, NXDOMAIN = 0x8180, 0x8185, 0x8183
IS_CUT = 0x0200
OF_THE_QUESTION = b"\xc0\x0c"  # a pointer to the name that was asked for
MAIL_HOST = b"\x02mx" + OF_THE_QUESTION


class _Server(asyncio.DatagramProtocol):
    """Sends what it is told to, and keeps from which ports it was asked."""

    def __init__(self, reply: Reply) -> None:
        self._reply = reply
        self.ports: list[int] = []
        self.numbers: list[int] = []

    def connection_made(self, transport: asyncio.DatagramTransport) -> None:  # type: ignore[override]
        self._transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self.ports.append(addr[1])
        self.numbers.append(int.from_bytes(data[:2]))
        for answer in self._reply(data):
            self._transport.sendto(answer, addr)


def port_of(transport: asyncio.DatagramTransport) -> int:
    return int(transport.get_extra_info("sockname")[1])


async def asked(
    reply: Reply, kind: str = "MX", *, names: int = 1, timeout_s: float = PATIENCE_S
) -> tuple[Plain | None, _Server]:
    """The last answer, and the server that gave it."""
    transport, server = await asyncio.get_running_loop().create_datagram_endpoint(
        lambda: _Server(reply), local_addr=("127.0.0.1", 0)
    )
    try:
        questions = QuickQuestions("127.0.0.1", port_of(transport), timeout_s)
        found = [await questions.ask(NAME, kind) for _ in range(names)]
        return found[-1], server
    finally:
        transport.close()


def ask(reply: Reply, kind: str = "MX", *, timeout_s: float = PATIENCE_S) -> Plain | None:
    found, _ = asyncio.run(asked(reply, kind, timeout_s=timeout_s))
    return found


def record(data: bytes, kind: int = MX, owner: bytes = OF_THE_QUESTION) -> bytes:
    return owner + struct.pack("!HHIH", kind, 1, 300, len(data)) + data


def answer(query: bytes, *records: bytes, flags: int = OK, number: int | None = None) -> bytes:
    head = struct.pack("!5H", flags, 1, number or len(records), 0, 0)
    return query[:2] + head + query[12:] + b"".join(records)


def mail_host(preference: int = 10, host: bytes = MAIL_HOST) -> bytes:
    return record(struct.pack("!H", preference) + host)


def good(query: bytes) -> bytes:
    return answer(query, mail_host())


GOOD = Plain(exists=True, records=("10 mx.acme.de.",))


def test_records_are_read_as_a_zone_file_has_them() -> None:
    two = ask(lambda query: [answer(query, mail_host(20, b"\x01a\x03net\0"), mail_host())])
    assert two == Plain(exists=True, records=("20 a.net.", "10 mx.acme.de."))
    address = ask(lambda query: [answer(query, record(b"\x7f\0\0\1", A))], "A")
    assert address == Plain(exists=True, records=("127.0.0.1",))


def test_a_name_that_is_not_there_is_no_name_without_records() -> None:
    assert ask(lambda query: [answer(query, flags=NXDOMAIN)]) == Plain(exists=False)
    assert ask(lambda query: [answer(query)]) == Plain(exists=True)


def test_an_answer_that_was_cut_has_to_be_asked_for_otherwise() -> None:
    with pytest.raises(CutAnswer):
        ask(lambda query: [answer(query, flags=OK | IS_CUT)])


def test_a_server_that_refuses_says_nothing() -> None:
    with pytest.raises(NoAnswer, match="RCODE 5"):
        ask(lambda query: [answer(query, flags=REFUSED)])


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(lambda q: answer(q, mail_host()[:-4]), id="it ends in a record"),
        pytest.param(lambda q: answer(q, number=9), id="records are missing"),
        pytest.param(lambda q: answer(q, mail_host(host=b"\xc0\x27")), id="a name in itself"),
        pytest.param(lambda q: answer(q, mail_host(host=b"\xff\xff")), id="a name beyond the end"),
        pytest.param(lambda q: answer(q, mail_host(host=b"\x05ab")), id="a label without an end"),
        pytest.param(lambda q: answer(q, mail_host(host=b"\x41" + b"a" * 65 + b"\0")), id="long"),
        pytest.param(lambda q: answer(q, mail_host(host=b"\x03a.b\0")), id="a dot in a label"),
        pytest.param(lambda q: answer(q, mail_host(host=b"\x01\xe4\0")), id="no ASCII"),
        pytest.param(lambda q: answer(q, mail_host(host=b"\x01a\0\0\0")), id="more than a name"),
        pytest.param(lambda q: answer(q, mail_host(), number=65_535), id="as many as can be"),
        pytest.param(lambda q: answer(q, record(b"\x01a\0", 5)), id="an alias"),
        pytest.param(lambda q: answer(q, record(b"\0\x0a\x01a\0", owner=b"\x01b\0")), id="other"),
    ],
)
def test_what_is_damaged_or_not_plain_is_left_to_a_full_resolver(
    damage: Callable[[bytes], bytes],
) -> None:
    assert ask(lambda query: [damage(query)]) is None


def test_an_address_of_another_length_is_none() -> None:
    assert ask(lambda query: [answer(query, record(b"\1" * 16, A))], "A") is None
    assert ask(lambda query: [answer(query, record(b"\1\2", A))], "A") is None


def other_number(query: bytes) -> bytes:
    return bytes((query[0] ^ 1,)) + good(query)[1:]


def other_question(query: bytes) -> bytes:
    return good(query).replace(b"acme", b"evil")


def no_answer(query: bytes) -> bytes:
    return good(query)[:2] + b"\1\0" + good(query)[4:]


FORGED = [other_number, other_question, no_answer, lambda _query: b"", lambda query: query[:11]]


@pytest.mark.parametrize("forge", FORGED)
def test_what_answers_no_question_of_ours_is_not_heard(forge: Callable[[bytes], bytes]) -> None:
    assert ask(lambda query: [forge(query), good(query)]) == GOOD


@pytest.mark.parametrize("forge", FORGED)
def test_a_question_without_its_answer_ends_in_time(forge: Callable[[bytes], bytes]) -> None:
    with pytest.raises(NoAnswer, match="no answer within"):
        ask(lambda query: [forge(query)], timeout_s=NO_PATIENCE_S)


def test_questions_leave_from_many_ports_with_numbers_of_chance() -> None:
    async def at_once() -> _Server:
        held: list[bytes] = []

        def reply(query: bytes) -> list[bytes]:
            held.append(query)
            return []

        transport, server = await asyncio.get_running_loop().create_datagram_endpoint(
            lambda: _Server(reply), local_addr=("127.0.0.1", 0)
        )
        questions = QuickQuestions("127.0.0.1", port_of(transport), NO_PATIENCE_S)

        async def one() -> None:
            with pytest.raises(NoAnswer):
                await questions.ask(NAME, "MX")

        async with asyncio.TaskGroup() as group:
            for _ in range(5 * QUESTIONS_A_PORT):
                group.create_task(one())
        transport.close()
        return server

    server = asyncio.run(at_once())
    assert len(server.ports) == 5 * QUESTIONS_A_PORT
    assert max(server.ports.count(port) for port in server.ports) <= QUESTIONS_A_PORT
    steps = {after - before for before, after in itertools.pairwise(server.numbers)}
    assert len(steps) > QUESTIONS_A_PORT


def test_a_port_is_closed_when_nobody_waits() -> None:
    _, server = asyncio.run(asked(lambda query: [good(query)], names=4))
    assert len(server.ports) == 4  # each was answered before the next; no port is left open


Change = tuple[int, int]


@given(changes=st.lists(st.tuples(st.integers(0, 60), st.integers(0, 255)), max_size=6),
       end=st.integers(0, 80), tail=st.binary(max_size=40))  # fmt: skip
@example(changes=[], end=80, tail=b"")
@example(changes=[(27, 0xC0), (28, 0x19)], end=80, tail=b"")
def test_no_answer_hangs_or_breaks_a_question(changes: list[Change], end: int, tail: bytes) -> None:
    def mutated(query: bytes) -> list[bytes]:
        data = bytearray(good(query))
        for at, value in changes:
            data[at % len(data)] = value
        return [bytes(data[:end]) + tail, good(query)]

    heard = heard_of(mutated)
    assert heard is None or isinstance(heard, (Plain, CutAnswer)) or "RCODE" in str(heard)


def heard_of(reply: Reply) -> Plain | CutAnswer | NoAnswer | None:
    try:
        return ask(reply)
    except (CutAnswer, NoAnswer) as refusal:
        return refusal
