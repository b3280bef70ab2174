"""Whoever is erased, however they are written, and wherever others mention them: nothing is left."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from urllib.parse import quote, quote_plus

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from leadsync.core.erasure.erasing import erase
from leadsync.core.models import CallState
from leadsync.core.store.sqlite.store import SqliteStore
from tests.contract.making import a_call, a_campaign, a_column, a_workspace, some_leads
from tests.contract.raw_store import raw_content

LETTERS = "abcdefghijklmnopqrstuvwxyzäéøñßłşжд"
LOCAL = st.from_regex(r"[a-z][a-z0-9]{1,6}([._+-][a-z0-9]{1,5})?", fullmatch=True)
WORD = st.text(LETTERS, min_size=2, max_size=8).map(str.capitalize)
NAME = st.builds(
    "{} {}{}".format, WORD, st.sampled_from(["", "de ", "O'", '"Al" ', "D\\", "M. "]), WORD
)
FORMS = (str, str.upper, quote, quote_plus, json.dumps, lambda text: json.dumps({"to": text}))


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@example(local="jo", domain="müller.example", name='Jörg "Al" Müller', form=json.dumps)
@example(local="a.b+c", domain="acme.com", name="Ann D\\Ork", form=quote)
@given(
    local=LOCAL,
    domain=st.sampled_from(["acme.com", "müller.example", "xn--mller-kva.example"]),
    name=NAME,
    form=st.sampled_from(FORMS),
)
def test_nothing_is_left_of_them(local: str, domain: str, name: str, form) -> None:
    address = f"{local}@{domain}"
    with tempfile.TemporaryDirectory() as folder:
        store = SqliteStore(Path(folder, "leadsync.db"))
        workspace = a_workspace(store, Path(folder))
        inbox = a_campaign(store)
        a_column(store, "notes")
        said = f"x {form(address)} / {form(name)}."
        rows = [{"email": address, "name": name, "notes": "own"},
                {"email": "zz9@other.example", "name": "Zz9", "notes": said}]  # fmt: skip
        ids = some_leads(store, inbox, rows, label=f"import {address}")
        answer = {"body": {"text": said, "people": [{"n": name}, {"n": "Zz9"}]}}
        store.add_calls(
            [a_call(lead_ids=(ids[1],), state=CallState.ANSWERED, response=answer, request={"q": said})]
        )  # fmt: skip
        store.save("views", {"name": name, "filter": f'name:"{name}"'})
        erase(workspace, address)
        content = raw_content(store)
        left = [text for text in (address, name) for each in (str, quote, quote_plus)
                if each(text).lower().encode() in content]  # fmt: skip
        escaped = [json.dumps(text)[1:-1].lower().encode() for text in (address, name)]
        assert left == []
        assert [text for text in escaped if text in content] == []
        assert list(store.ids({})) == [ids[1]]
        assert b"zz9@other.example" in content
        store.close()
