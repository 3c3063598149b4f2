"""Keeps secrets out of the log."""

import logging
import re
import time

TOKEN = re.compile(
    r"\b(access|public|link|processor)-(sandbox|development|production|emulator)-[0-9A-Za-z-]{8,}"
    r"|\bgAAAA[0-9A-Za-z_=-]{20,}"
)
FIELD = re.compile(
    r"""(?P<name>["']?\b(?:plaid-secret|plaid-client-id|secret|client_id|access_token|public_token|link_token|password)["']?"""
    r"""\s*[:=]\s*["']?)(?P<value>[^\s"',;&})]+)""",
    re.IGNORECASE,
)


def redacted(text: str) -> str:
    """`text` with tokens, encrypted values and credentials shown as ***."""
    return FIELD.sub(r"\g<name>***", TOKEN.sub("***", text))


class RedactingFormatter(logging.Formatter):
    """One record in UTC without secrets; a line break in a message is shown, so nobody can forge a record."""

    converter = staticmethod(time.gmtime)

    def formatMessage(self, record: logging.LogRecord) -> str:
        return redacted(super().formatMessage(record)).replace("\r", "\\r").replace("\n", "\\n")

    def formatException(self, ei: object) -> str:
        return redacted(super().formatException(ei))  # type: ignore[arg-type]  # logging's own alias is private

    def formatStack(self, stack_info: str) -> str:
        return redacted(super().formatStack(stack_info))
