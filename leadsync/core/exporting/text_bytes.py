"""Text as UTF-8 bytes, whatever is in it."""

from __future__ import annotations


def encode(text: str) -> bytes:
    """Text in UTF-8. Half characters (lone surrogates) become U+FFFD.

    The store takes no half characters in, so that this is a net under foreign callers: one bad
    cell must not cost the whole export.
    """
    try:
        return text.encode()
    except UnicodeEncodeError:
        return well_formed(text).encode()


def well_formed(text: str) -> str:
    """Text whose surrogate pairs are characters and whose lone surrogates are U+FFFD."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
