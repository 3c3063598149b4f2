"""`manage.py plaid_emulator` as a process."""

import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.emulator.asking import poster

ROOT = Path(__file__).parents[2]


@pytest.fixture
def command(tmp_path):
    """Starts the command; whatever still runs at the end is killed."""
    started = []

    def command(*arguments, **environment):
        inherited = {key: value for key, value in os.environ.items() if not key.startswith("PLAID_")}
        process = subprocess.Popen(
            [sys.executable, "manage.py", "plaid_emulator", *arguments],
            cwd=ROOT,
            env=inherited | {"DATA_DIR": str(tmp_path), "DJANGO_SETTINGS_MODULE": "budgetapp.settings"} | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        return process

    yield command
    for process in started:
        process.kill()
        process.communicate()


def test_it_prints_its_address_serves_and_ends_cleanly(command, tmp_path):
    process = command("--port", "0", "--state", str(tmp_path / "bank.json"))

    url = re.fullmatch(r"Simulated bank at (http://127\.0\.0\.1:\d+)\n", process.stdout.readline())[1]
    answer = poster(url)("/institutions/get", count=10, offset=0, country_codes=["US"])
    process.send_signal(signal.SIGTERM)
    _, errors = process.communicate(timeout=20)

    assert answer.status == 200
    assert (process.returncode, errors) == (0, "")
    assert (tmp_path / "bank.json").exists()


def test_a_restart_knows_the_tokens_of_the_last_run(command, tmp_path):
    tokens = set()
    for _ in range(2):
        process = command("--port", "0")
        ask = poster(process.stdout.readline().split()[-1])
        if not tokens:
            created = ask(
                "/sandbox/public_token/create", institution_id="ins_109508", initial_products=["transactions"]
            )
            exchanged = ask("/item/public_token/exchange", public_token=created.body["public_token"])
            tokens.add(exchanged.body["access_token"])
        assert ask("/accounts/get", access_token=next(iter(tokens))).status == 200
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=20)

    assert (tmp_path / "emulator.json").exists()


@pytest.mark.parametrize(
    "environment",
    [{"PLAID_ENV": "production"}, {"PLAID_ENV": "development"}, {"PLAID_PRODUCTION_SECRET": "a production secret"}],
)
def test_it_refuses_to_run_beside_production_credentials(command, environment):
    process = command("--port", "0", **environment)
    output, errors = process.communicate(timeout=20)

    assert process.returncode == 1
    assert output == ""
    assert "production credentials" in errors
    assert "a production secret" not in errors


def test_a_port_that_is_taken_is_named(command, server):
    port = server.url.rpartition(":")[2]
    process = command("--port", port)
    _, errors = process.communicate(timeout=20)

    assert process.returncode == 1
    assert f"Cannot serve on port {port}" in errors


def test_a_foreign_file_is_named(command, tmp_path):
    (tmp_path / "other.json").write_text("my notes")
    process = command("--port", "0", "--state", str(tmp_path / "other.json"))
    _, errors = process.communicate(timeout=20)

    assert process.returncode == 1
    assert "other.json" in errors
    assert (tmp_path / "other.json").read_text() == "my notes"


def test_without_a_port_it_serves_where_the_app_looks_for_it(command):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        expected = f"http://127.0.0.1:{probe.getsockname()[1]}"
    process = command(PLAID_EMULATOR_URL=expected)
    assert process.stdout.readline() == f"Simulated bank at {expected}\n"
