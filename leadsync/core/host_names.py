"""Host names with letters beyond ASCII: one name in two spellings, `müller.de` and `xn--mller-kva.de`.

Names are compared as punycode, label by label and without IDNA 2003's mapping of `ß` to `ss`:
`straße.de` and `strasse.de` are two names, which two people may own. Nothing here raises: what is
no such name stays as it is.
"""

from __future__ import annotations

import unicodedata

_PREFIX = "xn--"
_MAX_LABEL = 63


def as_punycode(host: str) -> str:
    """A lower-case host name, or an address, with its host as punycode; ASCII as it is."""
    if host.isascii():
        return host
    local, at, domain = host.rpartition("@")
    if domain.isascii():
        return host
    labels = [_encoded(label) for label in _composed(domain).split(".")]
    if any(len(label) > _MAX_LABEL for label in labels):
        return host
    return f"{local}{at}{'.'.join(labels)}"


def in_letters(host: str) -> str:
    """A lower-case host name, or an address, with its host in letters as people write it."""
    if _PREFIX not in host:
        return host
    local, at, domain = host.rpartition("@")
    return f"{local}{at}{'.'.join(map(_decoded, domain.split('.')))}"


def _encoded(label: str) -> str:
    return label if label.isascii() else _PREFIX + label.encode("punycode").decode("ascii")


def _decoded(label: str) -> str:
    if not (label.startswith(_PREFIX) and label.isascii()):
        return label
    try:
        letters = label[len(_PREFIX) :].encode("ascii").decode("punycode")
    except UnicodeError:
        return label
    # Punycode of capital letters, of surrogates or of plain ASCII is nobody's spelling.
    is_a_name = letters.isprintable() and _encoded(_composed(letters)) == label
    return letters if is_a_name else label


def _composed(text: str) -> str:
    return unicodedata.normalize("NFKC", text.lower())
