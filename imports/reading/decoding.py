"""Bytes to text."""

import codecs
import re

from charset_normalizer import from_bytes

from imports.reading.errors import Refused

# What the mapping screen offers; no other codec is ever used on an upload.
ENCODINGS = (
    "utf-8",
    "utf-16",
    "cp1252",
    "iso8859-15",
    "cp1250",
    "cp1251",
    "shift_jis",
    "euc_jp",
    "euc_kr",
    "gb18030",
)
_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# Left alone, the guesser takes small files of Western banks for cp775 or cp1250.
_LIKELY = ["utf_8", "utf_16", "cp1252", "iso8859_15"]
# Believed only where the text isn't UTF-8: many OFX files claim 1252 and are.
_OFX_CHARSET = re.compile(rb"^\s*CHARSET:\s*(125[0-8])\s*$", re.MULTILINE)


def decode(content: bytes, encoding: str = "") -> tuple[str, str]:
    """The text and the encoding it was in: the given one, else a byte order mark's, else UTF-8, else the likeliest.

    Raises Refused where the given encoding doesn't fit, or the text is none.
    """
    if encoding:
        return _decoded_as(content, encoding), encoding
    for candidate in _candidates(content):
        try:
            text = content.decode(candidate)
        except UnicodeDecodeError:
            continue
        return _clean(text), candidate.removesuffix("-sig")
    raise Refused("The text of this file can't be read. Export it from your bank again, as CSV or OFX.")


def _decoded_as(content: bytes, encoding: str) -> str:
    if encoding not in ENCODINGS:
        raise Refused(f"The encoding {encoding} is unknown here. Choose one of {', '.join(ENCODINGS)}.")
    try:
        return _clean(content.decode("utf-8-sig" if encoding == "utf-8" else encoding))
    except UnicodeDecodeError:
        raise Refused(f"This file isn't written in {encoding}. Choose another encoding.") from None


def _candidates(content: bytes) -> list[str]:
    for mark, encoding in _BYTE_ORDER_MARKS:
        if content.startswith(mark):
            return [encoding]
    head = content[:4096]
    if b"\0" in head:
        # Latin text in UTF-16 has a zero in every other byte.
        return ["utf-16-be"] if head[::2].count(0) > head[1::2].count(0) else ["utf-16-le"]
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        if declared := _OFX_CHARSET.search(head):
            return [f"cp{declared[1].decode()}", "iso8859-15"]
        best = from_bytes(content, cp_isolation=_LIKELY).best()
        return [best.encoding.replace("_", "-") if best else "cp1252", "iso8859-15"]
    return ["utf-8"]


def _clean(text: str) -> str:
    # Printers' form feeds and DOS end-of-file marks occur in real exports; other control characters mean binary.
    head = text[:4096]
    if "\0" in text or sum(not (c.isprintable() or c in "\t\r\n\f\x1a\u2028") for c in head) > len(head) // 50:
        raise Refused("This file holds no text. Export it from your bank again, as CSV or OFX.")
    return text.removeprefix("\ufeff").rstrip("\x1a")
