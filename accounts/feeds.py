"""Feeds: the namespaces in which sources name the rows that they send.

A feed's kind is the part before its first colon: `plaid:<uuid>`, `ofx`, `csv:<profile>`, `qif`,
`archive:<profile>` (old files, imported by command), `manual`. The kind decides who owns a row's bank
columns when several feeds back it.
"""

PLAID = "plaid"
MANUAL = "manual"
ARCHIVE = "archive"
_PRECEDENCE = (PLAID, "ofx", "csv", "qif", ARCHIVE, MANUAL)


def kind(feed: str) -> str:
    """The kind of a feed: `plaid` for `plaid:<uuid>`."""
    return feed.partition(":")[0]


def rank(feed: str) -> int:
    """The feed's place among owners; the smallest owns the bank columns. Unknown kinds come last."""
    name = kind(feed)
    return _PRECEDENCE.index(name) if name in _PRECEDENCE else len(_PRECEDENCE)


def said_by(feed: str) -> str:
    """The feed in a sentence: "the bank", "a CSV file", "you"."""
    name = kind(feed)
    return {PLAID: "the bank", ARCHIVE: "an archive", MANUAL: "you"}.get(name, f"{_article(name)} {name.upper()} file")


def _article(word: str) -> str:
    return "an" if word[:1] in "aeiou" else "a"
