"""Which regular expressions may be stored: they run on every line of a sync, so none may be slow."""

import re

from django.core.exceptions import ValidationError

MAX_REPEATS = 3
# A group that is repeated while something inside it can repeat or be one of several, as in (a+)+ or (a|b)*,
# can take exponential time; so can back references. Bank texts are matched well without any of these.
_GROUP = re.compile(r"\((?:[^()\\]|\\.)*\)")
_REPEAT = re.compile(r"[*+?]|\{\d*,?\d*\}")
_ESCAPE_OR_SET = re.compile(r"\\.|\[\^?\]?(?:[^\]\\]|\\.)*\]", re.DOTALL)
_SPECIAL_GROUP = re.compile(r"\(\?(?!:)")
_BACK_REFERENCE = re.compile(r"\\[1-9]")


def validate_regex(pattern: str) -> None:
    """ValidationError unless `pattern` compiles and can't take more than polynomial time."""
    try:
        compiled = re.compile(pattern, re.IGNORECASE)
    except (re.error, OverflowError, RecursionError) as error:
        raise ValidationError(f"This is not a regular expression: {error}.") from error
    if compiled.search(""):
        raise ValidationError("This matches every line.")
    if _BACK_REFERENCE.search(pattern) or _SPECIAL_GROUP.search(_without_escapes(pattern)):
        raise ValidationError("Back references, look-around and flags are not supported.")
    plain = _without_escapes(pattern)
    if len(_REPEAT.findall(plain.replace("(?:", "("))) > MAX_REPEATS:
        raise ValidationError(f"At most {MAX_REPEATS} repetitions, please: more could make a sync hang.")
    if _has_repeated_group(plain):
        raise ValidationError("A group that repeats could make a sync hang: repeat single characters only.")


def _without_escapes(pattern: str) -> str:
    """The pattern with every escape and every set of characters replaced by one plain letter."""
    return _ESCAPE_OR_SET.sub("x", pattern)


def _has_repeated_group(plain: str) -> bool:
    return bool(re.search(r"\)(?:[*+]|\{)", plain))
