"""Which encoding a lead file is in, decided over all of its bytes, and its decoded lines."""

from __future__ import annotations

import codecs
import io
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from leadsync.core.errors import InputError
from leadsync.core.wording import plural

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

BLOCK_BYTES = 1 << 20
HEAD_BYTES = 1 << 16
EVIDENCE_BYTES = 200_000
"""How much of the lines that are not UTF-8 is looked at; more does not change a detector's mind."""

KEEP_BYTE = "leadsync-keep-byte"
"""Error handler: a byte that the codec refuses becomes its Windows-1252 or Latin-1 character."""

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_WESTERN = ("cp1252", "mac_roman", "cp850")
_WESTERN_LETTERS = frozenset("àáâãäåæçèéêëìíîïñòóôõöøùúûüßœÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÑÒÓÔÕÖØÙÚÛÜŒ")
_WESTERN_SIGNS = frozenset(
    "\u20ac\u2026\u2018\u2019\u201c\u201d\u2022\u2013\u2014\u2122\u00a0§©«®°\u00b4·»¡¿ºª£"
)
_ACCEPTED = re.compile(
    r"cp(932|949|950|1250|1251|1253|1254|1255|1256|1257|1258|852|855|866|874)|iso8859-\d+"
    r"|shift_jis\w*|euc_\w+|gb\w+|big5\w*|koi8-[rut]|tis-620|iso2022_\w+|johab|mac-\w+"
)
_CALLED = {"gb2312": "gb18030", "gbk": "gb18030", "shift_jis": "cp932", "iso8859-1": "cp1252"}
_ISO_2022 = re.compile(rb"\x1b(?:\$[@B]|\([BJI])")


@dataclass(frozen=True, slots=True)
class Decoding:
    """How the bytes of a file become text.

    Attributes:
        encoding: what the user is told.
        codec: the codec that reads it.
        bom: whether the file begins with a byte order mark.
        skip: bytes before the first character.
        fallback: codec of the lines that are not UTF-8, where the file is mixed.
        nul_bytes: NUL characters in the text; they are removed.
        note: why, in one line, where it was not plain.
    """

    encoding: str
    codec: str
    bom: bool = False
    skip: int = 0
    fallback: str | None = None
    nul_bytes: int = 0
    note: str = ""


def _keep_byte(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    refused = error.object[error.start : error.end]
    text = "".join(
        bytes([byte]).decode("cp1252") if byte not in b"\x81\x8d\x8f\x90\x9d" else chr(byte)
        for byte in refused
    )
    return text, error.end


codecs.register_error(KEEP_BYTE, _keep_byte)


def choose_decoding(handle: BinaryIO, forced: str | None = None) -> Decoding:
    """Decide how to read a file. Reads all of it once, in blocks, unless its head is enough.

    Raises:
        InputError: `forced` is not an encoding.
    """
    handle.seek(0)
    head = handle.read(HEAD_BYTES)
    bom = next(((mark, name) for mark, name in _BOMS if head.startswith(mark)), None)
    if forced is not None:
        return _forced(forced, head)
    if bom and bom[1] != "utf-8":
        return Decoding(bom[1], bom[1], bom=True, skip=len(bom[0]))
    silent = None if bom else _utf16_by_nuls(head)
    if silent:
        return Decoding(silent, silent, note=f"read as {silent}, though it has no byte order mark")
    if _ISO_2022.search(head):
        return Decoding("iso2022_jp", "iso2022_jp_2", note="read as iso2022_jp by its escape codes")
    skip = 0
    while head.startswith(codecs.BOM_UTF8, skip):
        skip += len(codecs.BOM_UTF8)  # joined exports begin with two
    nuls, is_utf8 = _check_utf8(handle, skip)
    if is_utf8:
        return Decoding("utf-8", "utf-8", bom=bool(bom), skip=skip, nul_bytes=nuls)
    return _not_quite_utf8(handle, skip, nuls)


def open_text(handle: BinaryIO, decoding: Decoding) -> io.TextIOWrapper:
    """The text of a file; closing it closes the handle."""
    handle.seek(decoding.skip)
    return io.TextIOWrapper(handle, decoding.codec, errors=KEEP_BYTE, newline="")


def text_lines(handle: BinaryIO, decoding: Decoding) -> Iterator[str]:
    """The lines of a file, ends kept; CR, LF and CRLF all end one. NULs are taken out.

    Closes the handle at the end.
    """
    if decoding.fallback:
        handle.seek(decoding.skip)
        lines = _mixed_lines(handle, decoding.fallback)
    else:
        lines = _plain_lines(handle, decoding)
    if decoding.nul_bytes or decoding.codec.startswith("utf-16"):
        return (line.replace("\0", "") for line in lines)
    return lines


def _plain_lines(handle: BinaryIO, decoding: Decoding) -> Iterator[str]:
    with open_text(handle, decoding) as text:
        yield from text


def _forced(name: str, head: bytes) -> Decoding:
    try:
        codec = codecs.lookup(name).name
        "a,b".encode(codec).decode(codec)
        b"\xff\xfe\xff".decode(codec, KEEP_BYTE)
    except (LookupError, UnicodeError, ValueError) as error:
        raise InputError(
            f'"{name}" is not a known text encoding',
            next_step="try --encoding utf-8, cp1252 or utf-16, or leave it out",
        ) from error
    if codec == "utf-16":
        codec = "utf-16-be" if head.startswith(codecs.BOM_UTF16_BE) else "utf-16-le"
    codec = codec.removesuffix("-sig").replace("utf_8", "utf-8")
    skip = next((len(mark) for mark, own in _BOMS if own == codec and head.startswith(mark)), 0)
    return Decoding(codec, codec, bom=bool(skip), skip=skip, nul_bytes=head.count(0))


def _utf16_by_nuls(head: bytes) -> str | None:
    """UTF-16 without a mark shows as NULs on one side of most ASCII characters."""
    even, odd = head[::2].count(0), head[1::2].count(0)
    enough = max(len(head) // 2 * 0.2, 2)
    if odd >= enough and even * 10 <= odd:
        return "utf-16-le"
    if even >= enough and odd * 10 <= even:
        return "utf-16-be"
    return None


def _check_utf8(handle: BinaryIO, skip: int) -> tuple[int, bool]:
    """How many NULs the file has, and whether all of it is UTF-8."""
    handle.seek(skip)
    decoder = codecs.getincrementaldecoder("utf-8")()
    nuls, is_utf8 = 0, True
    while block := handle.read(BLOCK_BYTES):
        nuls += block.count(0)
        if is_utf8:
            try:
                decoder.decode(block)
            except UnicodeDecodeError:
                is_utf8 = False
    if is_utf8:
        try:
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            is_utf8 = False
    return nuls, is_utf8


def _not_quite_utf8(handle: BinaryIO, skip: int, nuls: int) -> Decoding:
    """One other encoding for all lines, or UTF-8 with lines of another one between."""
    handle.seek(skip)
    lines = utf8_lines = foreign_lines = 0
    evidence = bytearray()
    for line in _byte_lines(handle):
        lines += 1
        if line.isascii():
            continue
        try:
            line.decode()
            utf8_lines += 1
        except UnicodeDecodeError:
            foreign_lines += 1
            if len(evidence) < EVIDENCE_BYTES:
                evidence += line
    few = foreign_lines * 100 <= lines
    encoding = "cp1252" if utf8_lines and few else detect_encoding(bytes(evidence))
    single_byte = not encoding.startswith(("cp9", "euc", "gb", "big5", "iso2022", "johab"))
    if utf8_lines and single_byte and (few or utf8_lines >= 1):
        note = f"{plural(foreign_lines, 'line')} of {lines} not UTF-8, read as {encoding}"
        return Decoding(f"utf-8+{encoding}", "utf-8", bool(skip), skip, encoding, nuls, note)
    return Decoding(encoding, encoding, bool(skip), skip, None, nuls, f"read as {encoding}")


def detect_encoding(evidence: bytes) -> str:
    """The likeliest encoding of bytes that are not UTF-8."""
    for codec in _WESTERN:
        if _reads_as_western(evidence, codec):
            return codec
    import chardet

    found = chardet.detect(evidence)["encoding"]
    try:
        codec = codecs.lookup(found or "cp1252").name
    except LookupError:
        return "cp1252"
    codec = _CALLED.get(codec, codec)
    return codec if _ACCEPTED.fullmatch(codec) else "cp1252"


def _reads_as_western(evidence: bytes, codec: str) -> bool:
    """Whether the text would be accented letters in Latin words and common signs, and no more.

    A detector takes short French or Spanish lines for Hungarian; this does not.
    """
    text = " " + evidence.decode(codec, KEEP_BYTE) + " "
    runs = accents = 0
    for before, char, after in zip(text, text[1:], text[2:], strict=False):
        if char < "\x80":
            continue
        if char in _WESTERN_LETTERS:
            accents += 1
            runs += after in _WESTERN_LETTERS
            if char.isupper() and "a" <= before <= "z":
                return False
        elif char not in _WESTERN_SIGNS:
            return False
    return runs * 2 <= accents


def _mixed_lines(handle: BinaryIO, fallback: str) -> Iterator[str]:
    for line in _byte_lines(handle):
        try:
            yield line.decode()
        except UnicodeDecodeError:
            yield line.decode(fallback, KEEP_BYTE)


def _byte_lines(handle: BinaryIO) -> Iterator[bytes]:
    """Lines that end with CR, LF or CRLF, ends kept, a block at a time."""
    rest = b""
    while block := handle.read(BLOCK_BYTES):
        block = rest + block
        cut = max(block.rfind(b"\n"), block.rfind(b"\r", 0, len(block) - 1)) + 1
        yield from block[:cut].splitlines(keepends=True)
        rest = block[cut:]
    yield from rest.splitlines(keepends=True)
