"""Which regular expressions may be stored: they run on every line of a sync, so none may be slow."""

import re

from django.core.exceptions import ValidationError

SEARCHED_LENGTH = 200  # characters of a text that an expression sees; descriptors of banks are shorter
MAX_GROUPS = 3
MAX_REPEATS = 2
MAX_OPTIONAL = 3

_ESCAPE_OR_SET = re.compile(r"\\.|\[\^?\]?(?:[^\]\\]|\\.)*\]", re.DOTALL)
_REPEAT = re.compile(r"[*+]|\{\d*,?\d*\}")
_REPEATED_GROUP = re.compile(r"\)(?:[*+]|\{)")
_SPECIAL_GROUP = re.compile(r"\(\?(?!:)")
_BACK_REFERENCE = re.compile(r"\\[1-9]")


def validate_regex(pattern: str) -> None:
    """ValidationError unless `pattern` is a regular expression that can't hang a sync.

    The time of an expression grows with the repeats, and with the alternatives of its groups,
    multiplied; repeating a group that itself repeats, as in `(a+)+`, is exponential. So both are few, and
    groups don't repeat: bank texts are matched well without.
    """
    try:
        compiled = re.compile(pattern, re.IGNORECASE)
    except (re.error, OverflowError, RecursionError) as error:
        raise ValidationError(f"This is not a regular expression: {error}.") from error
    if any(match.group() == "" for match in compiled.finditer("a 1")):
        raise ValidationError("This matches every line.")
    plain = _ESCAPE_OR_SET.sub("x", pattern)
    if _SPECIAL_GROUP.search(plain) or _BACK_REFERENCE.search(pattern):
        raise ValidationError("Look-around, flags, named groups and back references are not supported.")
    plain = plain.replace("(?:", "(")
    if _REPEATED_GROUP.search(plain):
        raise ValidationError("A repeated group can make a sync hang: repeat single characters only.")
    if len(_REPEAT.findall(plain)) > MAX_REPEATS or plain.count("?") > MAX_OPTIONAL or plain.count("(") > MAX_GROUPS:
        raise ValidationError(
            f"Use at most {MAX_REPEATS} repeats, {MAX_OPTIONAL} question marks and {MAX_GROUPS} groups: "
            "more can make a sync hang."
        )
