"""Whether an address can be one that Plaid reaches over the internet. Nothing is looked up or called."""

import ipaddress
import re
from urllib.parse import urlsplit

_LONGEST = 500
_LABEL = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
_HOST_NAME = re.compile(rf"({_LABEL}\.)+(?P<top>[a-z]{{2,63}}|xn--[a-z0-9-]{{1,59}})")
_PRINTABLE = re.compile(r"[!-~]+")
# Names that no public name server knows (RFC 2606, 6762, 8375, and what routers make up).
_PRIVATE_ENDS = frozenset(
    {"localhost", "local", "localdomain", "lan", "home", "internal", "intranet", "corp", "private", "test", "invalid",
     "example", "arpa", "onion"}
)  # fmt: skip


def is_public(url: str) -> bool:
    """Whether `url` is https, names a public host and holds nothing that doesn't belong into an address."""
    if len(url) > _LONGEST or not _PRINTABLE.fullmatch(url) or "\\" in url:
        return False
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return False
    is_plain = parts.username is None and parts.password is None and not parts.fragment and port != 0
    return parts.scheme == "https" and is_plain and _is_public_host(parts.hostname or "")


def _is_public_host(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_global
    except ValueError:
        name = _HOST_NAME.fullmatch(host)
    return name is not None and len(host) <= 253 and name["top"] not in _PRIVATE_ENDS


def is_loopback(url: str) -> bool:
    """Whether `url` is plain http on this machine, where the simulated bank sends webhooks to."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme == "http" and parts.hostname in {"127.0.0.1", "localhost", "::1"}
