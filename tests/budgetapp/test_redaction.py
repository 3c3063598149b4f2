import io
import logging

import pytest

from budgetapp.redaction import RedactingFormatter, redacted

TOKEN = "access-sandbox-0a1b2c3d-1111-2222-3333-444455556666"


@pytest.mark.parametrize(
    "secret",
    [
        TOKEN,
        "public-production-0a1b2c3d-1111-2222-3333-444455556666",
        "link-emulator-0a1b2c3d-1111-2222-3333-444455556666",
        "gAAAAABl0123456789_abcdefghijklmnopqrstuvwxyz==",
    ],
)
def test_a_token_is_hidden_wherever_it_stands(secret: str) -> None:
    assert redacted(f"POST failed ({secret}) twice") == "POST failed (***) twice"


@pytest.mark.parametrize(
    "text",
    [
        '{"client_id": "5f0c", "secret": "s3cr3t-value"}',
        "PLAID-SECRET: s3cr3t-value",
        "secret=s3cr3t-value&count=5",
        "{'access_token': 's3cr3t-value'}",
    ],
)
def test_a_credential_is_hidden_by_the_name_before_it(text: str) -> None:
    assert "s3cr3t-value" not in redacted(text)
    assert "***" in redacted(text)


def test_ordinary_words_stay() -> None:
    text = "Synced account 5: 3 added, public holiday, access granted, request_id=Qx12"
    assert redacted(text) == text


def written(log: logging.Logger) -> io.StringIO:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(RedactingFormatter("%(asctime)sZ %(levelname)s %(name)s: %(message)s", "%Y-%m-%dT%H:%M:%S"))
    log.handlers = [handler]
    log.propagate = False
    return stream


def test_arguments_and_tracebacks_are_redacted_too() -> None:
    log = logging.getLogger("tests.redaction")
    stream = written(log)
    try:
        raise ValueError(f"bad token {TOKEN}")
    except ValueError:
        log.exception("Sync of %s failed", TOKEN)
    assert TOKEN not in stream.getvalue()
    assert "ValueError: bad token ***" in stream.getvalue()


def test_a_line_break_in_a_message_makes_no_second_record() -> None:
    log = logging.getLogger("tests.redaction")
    stream = written(log)
    log.error("Bank said: %s", "no\n2026-01-01T00:00:00Z INFO accounts: all is well")
    assert len(stream.getvalue().splitlines()) == 1
