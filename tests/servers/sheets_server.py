"""A small server that speaks the part of Google Sheets v4, and of Google's sign-in, that we use.

It keeps cells and formulas, counts reads and writes, and holds to the limits that Google names: a
grid that ends, 50,000 characters a cell, 10 million cells, 2 MB a request (Google's advice; a
larger body is refused here, so that nobody sends one). Facts are of
developers.google.com/workspace/sheets/api and /identity/protocols/oauth2, November 2026.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlencode, urlsplit

from tests.servers.http_server import HttpServer, Reply, Request
from tests.servers.sheet_grid import MOST_CELLS, BadRequest, Tab, split_range

if TYPE_CHECKING:
    from collections.abc import Callable

MOST_BYTES = 2_000_000
SCOPE = "https://www.googleapis.com/auth/spreadsheets"
WORDS = {400: "INVALID_ARGUMENT", 401: "UNAUTHENTICATED", 403: "PERMISSION_DENIED",
         404: "NOT_FOUND", 413: "INVALID_ARGUMENT", 429: "RESOURCE_EXHAUSTED",
         500: "INTERNAL", 503: "UNAVAILABLE"}  # fmt: skip


def error(status: int, message: str = "it went wrong", **details: Any) -> Reply:
    """A failure in Google's shape."""
    body = {"code": status, "message": message, "status": WORDS.get(status, "UNKNOWN"), **details}
    return Reply(status, {"error": body})


QUOTA = error(
    429,
    "Quota exceeded for quota metric 'Write requests' and limit 'Write requests per minute per"
    " user' of service 'sheets.googleapis.com'",
)
RATE_403 = error(
    403,
    "Rate Limit Exceeded",
    errors=[{"domain": "usageLimits", "reason": "rateLimitExceeded", "message": "Rate Limit"}],
)
DENIED = error(403, "The caller does not have permission")


@dataclass
class Spreadsheet:
    """One file."""

    title: str
    tabs: list[Tab] = field(default_factory=list)

    def tab(self, title: str) -> Tab:
        found = [tab for tab in self.tabs if tab.title == title]
        if not found:
            raise BadRequest(f"Unable to parse range: {title}")
        return found[0]


class SheetsServer(HttpServer):
    """Runs in a thread of its own.

    Attributes:
        files: spreadsheets by id.
        reads: requests that read.
        writes: requests that write and were carried out.
        special: replies that go before all others, of the Sheets API.
        before_read: asked before a read; a reply of it goes out instead.
        before_write: asked before a write; a reply of it goes out, and nothing is carried out.
        after_write: asked after a write was carried out; a reply of it goes out instead.
        largest: bytes of the largest request.
        accounts: service accounts: address -> a check of the signature of their tokens.
        denied: the signed-in user may see nothing.
        refresh_tokens: that are good.
        token_refused: the error of the token endpoint, if it refuses.
        signed_in: how often a token was given.
    """

    def __init__(self) -> None:
        super().__init__(self._reply)
        self.files: dict[str, Spreadsheet] = {}
        self.reads = 0
        self.writes = 0
        self.special: list[Reply] = []
        self.before_read: Callable[[Request], Reply | None] = lambda _request: None
        self.before_write: Callable[[Request], Reply | None] = lambda _request: None
        self.after_write: Callable[[Request], Reply | None] = lambda _request: None
        self.largest = 0
        self.accounts: dict[str, Callable[[str], bool]] = {}
        self.denied = False
        self.refresh_tokens: set[str] = set()
        self.token_refused = ""
        self.signed_in = 0
        self._tokens: set[str] = set()
        self._codes: dict[str, tuple[str, str]] = {}

    def add_file(self, file_id: str = "1q4Leads", title: str = "Q4", *tabs: str) -> Spreadsheet:
        """A spreadsheet with empty tabs."""
        made = Spreadsheet(title)
        made.tabs = [Tab(number * 7, name) for number, name in enumerate(tabs or ("Sheet1",))]
        self.files[file_id] = made
        return made

    def forget_counts(self) -> None:
        self.reads = self.writes = 0

    # the answers -----------------------------------------------------------------------------
    def _reply(self, request: Request) -> Reply:  # noqa: PLR0911 - one line an answer
        path = urlsplit(request.path).path
        if path == "/token":
            return self._token(request)
        if path == "/auth":
            return self._consent(request)
        if self.special:
            return self.special.pop(0)
        if request.headers.get("authorization", "").removeprefix("Bearer ") not in self._tokens:
            return error(401, "Request had invalid authentication credentials.")
        self.largest = max(self.largest, len(request.body))
        if len(request.body) > MOST_BYTES:
            return error(413, "Request payload size exceeds the limit")
        try:
            return self._sheets(request, path)
        except BadRequest as problem:
            return error(400, str(problem))

    def _sheets(self, request: Request, path: str) -> Reply:
        prefix = "/v4/spreadsheets/"
        if not path.startswith(prefix):
            return error(404, "Not Found")
        file_id, _, rest = path.removeprefix(prefix).partition("/")
        file_id, _, verb = file_id.partition(":")
        file = self.files.get(file_id)
        if file is None:
            return error(404, "Requested entity was not found.")
        if self.denied:
            return DENIED
        if request.method == "GET":
            self.reads += 1
            answer = self._read(file, file_id, rest, request)
            return self.before_read(request) or Reply(body=answer)
        if lost := self.before_write(request):
            return lost
        done = self._write(file, file_id, verb, rest, request)
        self.writes += 1
        return self.after_write(request) or Reply(body=done)

    def _read(self, file: Spreadsheet, file_id: str, rest: str, request: Request) -> dict[str, Any]:
        asked = parse_qs(urlsplit(request.path).query)
        render = asked.get("valueRenderOption", ["FORMATTED_VALUE"])[0]
        if rest == "values:batchGet":
            ranges = [self._values(file, text, render) for text in asked["ranges"]]
            return {"spreadsheetId": file_id, "valueRanges": ranges}
        if rest:
            return self._values(file, rest.removeprefix("values/"), render)
        if asked.get("includeGridData") == ["true"]:
            raise BadRequest("this server gives no grid data")
        return {
            "spreadsheetId": file_id,
            "properties": {"title": file.title},
            "sheets": [{"properties": _properties(tab)} for tab in file.tabs],
        }

    def _values(self, file: Spreadsheet, text: str, render: str) -> dict[str, Any]:
        title, a1 = split_range(text)
        found = file.tab(title).values(a1, render)
        answer: dict[str, Any] = {"range": text, "majorDimension": "ROWS"}
        return answer | ({"values": found} if found else {})

    def _write(
        self, file: Spreadsheet, file_id: str, verb: str, rest: str, request: Request
    ) -> dict[str, Any]:
        body = request.json
        if verb == "batchUpdate":
            replies = [self._change(file, one) for one in body["requests"]]
            return {"spreadsheetId": file_id, "replies": replies}
        if rest == "values:batchUpdate":
            _must_be_raw(body["valueInputOption"])
            cells = 0
            for one in body["data"]:
                title, a1 = split_range(one["range"])
                tab = file.tab(title)
                top, left, _, _ = tab.box(a1 or "A1")
                cells += tab.write(top, left, one["values"])
            return {"spreadsheetId": file_id, "totalUpdatedCells": cells}
        if rest.endswith(":append"):
            asked = parse_qs(urlsplit(request.path).query)
            _must_be_raw(asked["valueInputOption"][0])
            title, a1 = split_range(rest.removeprefix("values/").removesuffix(":append"))
            inserts = asked.get("insertDataOption") == ["INSERT_ROWS"]
            where = file.tab(title).append(a1 or "A1", body["values"], inserts=inserts)
            _check_size(file)
            return {"spreadsheetId": file_id, "updates": {"updatedRange": where}}
        raise BadRequest(f"Unknown name: {rest or verb}")

    def _change(self, file: Spreadsheet, change: dict[str, Any]) -> dict[str, Any]:
        (kind, what), *_ = change.items()
        if kind == "addSheet":
            wanted = what["properties"]
            if any(tab.title == wanted["title"] for tab in file.tabs):
                raise BadRequest(f'A sheet with the name "{wanted["title"]}" already exists.')
            grid = wanted.get("gridProperties", {})
            made = Tab(max(tab.sheet_id for tab in file.tabs) + 7, wanted["title"],
                       grid.get("rowCount", 1000), grid.get("columnCount", 26))  # fmt: skip
            file.tabs.append(made)
            return {"addSheet": {"properties": _properties(made)}}
        if kind == "appendDimension":
            tab = _by_id(file, what["sheetId"])
            if what["dimension"] == "ROWS":
                tab.height += what["length"]
            else:
                tab.width += what["length"]
            _check_size(file)
            return {}
        if kind == "updateDimensionProperties":
            where = what["range"]
            assert what["fields"] == "hiddenByUser"
            columns = range(where["startIndex"], where["endIndex"])
            _by_id(file, where["sheetId"]).hidden_columns.update(columns)
            return {}
        raise BadRequest(f"Unknown name: {kind}")

    # signing in ------------------------------------------------------------------------------
    def _token(self, request: Request) -> Reply:
        asked = {name: values[0] for name, values in parse_qs(request.body.decode()).items()}
        if self.token_refused:
            return Reply(400, {"error": self.token_refused, "error_description": "Bad Request"})
        more: dict[str, Any] = {}
        match asked.get("grant_type"):
            case "urn:ietf:params:oauth:grant-type:jwt-bearer":
                is_good = self._is_signed(asked["assertion"])
            case "refresh_token":
                is_good = asked["refresh_token"] in self.refresh_tokens
            case "authorization_code":
                challenge, redirect = self._codes.pop(asked.get("code", ""), ("", ""))
                digest = hashlib.sha256(asked.get("code_verifier", "").encode()).digest()
                proof = base64.urlsafe_b64encode(digest).decode().rstrip("=")
                is_good = proof == challenge and redirect == asked.get("redirect_uri")
                more["refresh_token"] = f"1//{secrets.token_hex(12)}"
                self.refresh_tokens.add(more["refresh_token"])
            case _:
                is_good = False
        if not is_good:
            return Reply(400, {"error": "invalid_grant", "error_description": "Bad Request"})
        token = f"ya29.{secrets.token_hex(16)}"
        self._tokens.add(token)
        self.signed_in += 1
        return Reply(body={"access_token": token, "expires_in": 3599, "token_type": "Bearer"}
                     | more)  # fmt: skip

    def _is_signed(self, assertion: str) -> bool:
        claims = json.loads(_unpadded(assertion.split(".")[1]))
        check = self.accounts.get(claims["iss"])
        return check is not None and claims["scope"] == SCOPE and check(assertion)

    def _consent(self, request: Request) -> Reply:
        """The page where a user agrees; here everybody does."""
        asked = {k: v[0] for k, v in parse_qs(urlsplit(request.path).query).items()}
        assert asked["scope"] == SCOPE
        assert asked["access_type"] == "offline"
        assert asked["code_challenge_method"] == "S256"
        code = f"4/{secrets.token_hex(12)}"
        self._codes[code] = (asked["code_challenge"], asked["redirect_uri"])
        back = urlencode({"state": asked["state"], "code": code, "scope": SCOPE})
        return Reply(302, "", {"Location": f"{asked['redirect_uri']}?{back}"})


def _properties(tab: Tab) -> dict[str, Any]:
    grid = {"rowCount": tab.height, "columnCount": tab.width}
    return {"sheetId": tab.sheet_id, "title": tab.title, "gridProperties": grid}


def _by_id(file: Spreadsheet, sheet_id: int) -> Tab:
    return next(tab for tab in file.tabs if tab.sheet_id == sheet_id)


def _must_be_raw(option: str) -> None:
    if option != "RAW":  # USER_ENTERED would run what begins with =
        raise BadRequest(f"this server takes RAW only, not {option}")


def _check_size(file: Spreadsheet) -> None:
    if sum(tab.height * tab.width for tab in file.tabs) > MOST_CELLS:
        raise BadRequest(
            "This action would increase the number of cells in the workbook above the limit of"
            f" {MOST_CELLS} cells."
        )


def _unpadded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
