"""The words of an erased person, in all the forms that they may stand in."""

from __future__ import annotations

import json
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadsync.core.models import Call, CallState
from leadsync.core.store.erased_words import HIDDEN, ErasedWords
from leadsync.core.store.erasure import Erasure, remains_of

WORDS = ErasedWords(
    ["anna@acme.com", "jörg+x@müller.de"],
    ["Anna Schmidt", "Jörg Müller", "山田太郎"],
    ["in/anna-schmidt-1", "member/ACoAAB1x"],
)


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        ("write to Anna@ACME.com.", f"write to {HIDDEN}."),
        ("<anna@acme.com>", f"<{HIDDEN}>"),
        ("?q=anna%40acme.com&n=1", f"?q={HIDDEN}&n=1"),
        ("mailto%3Aanna%40acme.com", f"mailto%3A{HIDDEN}"),
        (r"\u003canna@acme.com", rf"\u003c{HIDDEN}"),
        ("- ANNA  SCHMIDT's desk", f"- {HIDDEN}'s desk"),
        ("Schmidt, Anna", HIDDEN),
        (quote("Jörg Müller"), HIDDEN),
        (quote_plus("Jörg Müller"), HIDDEN),
        ("JO\u0308RG MU\u0308LLER", HIDDEN),
        (json.dumps("jörg+x@müller.de"), f'"{HIDDEN}"'),
        ("jörg+x@xn--mller-kva.de", HIDDEN),
        ("こんにちは山田太郎さん", f"こんにちは{HIDDEN}さん"),
        ("https://www.linkedin.com/in/Anna-Schmidt-1/", f"https://www.linkedin.com/{HIDDEN}/"),
        ("urn:li:fs_salesProfile:(ACoAAB1x,NAME)", f"urn:li:fs_salesProfile:({HIDDEN},NAME)"),
    ],
)
def test_every_form_is_hidden(text: str, hidden: str) -> None:
    assert WORDS.hide(text) == hidden


@pytest.mark.parametrize(
    "text",
    [
        "joanna@acme.com",
        "jo.anna@acme.com",
        "mary-anna@acme.com",
        "anna@acme.com.au",
        "anna@acme.community",
        "Anna Schmidtke",
        "Hanna Schmidt",
        "https://www.linkedin.com/in/anna-schmidt-12",
        "Anna of Schmidt",
        "",
    ],
)
def test_others_are_left_alone(text: str) -> None:
    assert WORDS.hide(text) == text


def test_json_keeps_its_shape_and_is_the_same_object_where_nobody_is_in_it() -> None:
    value = {"anna@acme.com": [1, None, {"to": ["Anna Schmidt"]}], "n": 3}
    assert WORDS.hide_all(value) == {HIDDEN: [1, None, {"to": [HIDDEN]}], "n": 3}
    other = {"a": [1, {"b": "joanna@acme.com"}], "c": (1, 2)}
    assert WORDS.hide_all(other) is other


def test_no_words_hide_nothing() -> None:
    assert ErasedWords(names=["", " "]).hide("Anna") == "Anna"


@given(st.text(max_size=30), st.text(max_size=30))
def test_what_is_hidden_is_hidden_for_good(before: str, after: str) -> None:
    hidden = WORDS.hide(f"{before} anna@acme.com {after}")
    assert not WORDS.are_in(hidden)
    assert WORDS.hide(hidden) == hidden


# what stays of a call ---------------------------------------------------------------------
ERASURE = Erasure((7,), lambda _about: WORDS, WORDS)


def a_call(**fields: object) -> Call:
    kept = {"cost_usd_micros": 4000, "units": {"lead": 2}, "cacheable": True}
    return Call(3, "clay", "start", "h", CallState.ANSWERED, "2026", **(kept | fields))  # type: ignore[arg-type]


def test_a_call_about_them_alone_keeps_its_price_only() -> None:
    call = a_call(lead_ids=(7,), request={"email": "anna@acme.com"}, response={"body": {"ok": 1}})
    stays = remains_of(call, ERASURE)
    assert stays is not None
    assert (stays.request, stays.response) == ({}, {"erased": True})
    assert (stays.cost_usd_micros, stays.units, stays.lead_ids) == (4000, {"lead": 2}, (7,))
    assert (stays.request_hash, stays.cacheable) == ("erased-3", False)
    assert remains_of(stays, ERASURE) is None


def test_of_a_call_that_others_share_only_their_part_goes() -> None:
    request = {
        "items": [
            {"id": "4-6", "inputs": {"email": "bob@acme.com"}},
            {"id": "4-7", "inputs": {"title": "Head of Ops", "age": 41}},
        ],
        "lines": {"6": 1, "7": 2},
    }
    body = {"people": [{"name": "Bob"}, {"name": "Anna Schmidt", "phone": "+49 1", "kids": [1]}]}
    stays = remains_of(a_call(lead_ids=(6, 7), request=request, response={"body": body}), ERASURE)
    assert stays is not None
    gone = {"id": HIDDEN, "inputs": {"title": HIDDEN, "age": None}}
    assert stays.request == {"items": [request["items"][0], gone], "lines": {"6": 1}}
    people = [{"name": "Bob"}, {"name": HIDDEN, "phone": HIDDEN, "kids": []}]
    assert stays.response == {"body": {"people": people}}
    assert not stays.cacheable


def test_json_in_text_loses_the_part_too() -> None:
    lines = '{"custom_id": "6-x", "a": "Hi Bob"}\n{"custom_id": "7-y", "a": "Hi you"}\n'
    stays = remains_of(a_call(lead_ids=(6, 7), response={"body": lines}), ERASURE)
    assert stays is not None
    gone = json.dumps({"custom_id": HIDDEN, "a": HIDDEN})
    first = lines.splitlines()[0]
    assert stays.response == {"body": f"{first}\n{gone}\n"}


def test_a_prompt_of_another_lead_loses_the_name_and_nothing_else() -> None:
    messages = [{"role": "user", "content": "You know Anna Schmidt. " + "Write to Bob. " * 30}]
    stays = remains_of(a_call(lead_ids=(6,), request={"messages": messages}), ERASURE)
    assert stays is not None
    assert stays.request["messages"][0]["role"] == "user"
    assert stays.request["messages"][0]["content"].startswith(f"You know {HIDDEN}. Write to Bob.")


def test_a_call_that_says_nothing_of_them_is_left_as_it_is() -> None:
    shared = a_call(lead_ids=(6, 7), request={"domain": "acme.com"}, response={"body": {"n": 1}})
    assert remains_of(shared, ERASURE) is None
    assert remains_of(a_call(lead_ids=(6,)), ERASURE) is None


def test_half_a_character_in_a_name_is_no_obstacle() -> None:
    assert ErasedWords(names=["Ann \ud800 Lee"]).hide("Ann \ud800 Lee!") == f"{HIDDEN}!"
