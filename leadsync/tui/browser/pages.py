"""The pages that a browser sees: the grid's, the login, and a word to who has not come in."""

from __future__ import annotations

import secrets
from html import escape
from importlib.resources import files
from string import Template

from aiohttp import web

GRID, LOGIN, WORD = "grid.html", "login.html", "word.html"
HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "same-origin",  # without any, a form's Origin is "null"
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


def page(name: str, *, status: int = 200, socket: str = "", **words: str) -> web.Response:
    """A page with these words in it. It may load from here alone, and run no script but ours.

    Args:
        name: of its template.
        status: of HTTP.
        socket: the only address that it may connect to.
        words: for the places of the template; shown as they are.
    """
    nonce = secrets.token_urlsafe(16)
    template = Template((files("leadsync.tui.browser") / name).read_text("utf-8"))
    shown = {key: escape(word) for key, word in words.items()}
    html = template.substitute(shown, nonce=nonce, socket=escape(socket))
    policy = (
        f"default-src 'none'; script-src 'self' 'nonce-{nonce}'; style-src 'self' 'unsafe-inline';"
        f" img-src 'self' data:; font-src 'self'; connect-src 'self' {socket};"
        " form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    )
    headers = {**HEADERS, "Content-Security-Policy": policy}
    return web.Response(text=html, status=status, headers=headers, content_type="text/html")
