"""Random histories over the real ledger, the real client and the simulated bank. `make prove` runs many more."""

import os
from collections.abc import Iterator
from functools import partial

import pytest
from django.contrib.auth.models import User
from django.db import connection
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from plaid_sync.emulator.server import EmulatorServer
from tests.prove.household import Household
from tests.prove.machine import machine_of
from tests.prove.report import PER_BATCH, Batch, tell

HISTORIES = int(os.environ.get("PROVE_HISTORIES", "300"))
SEED = int(os.environ.get("PROVE_SEED", "1"))
IN_A_BATCH = min(PER_BATCH, HISTORIES)
SETTINGS = settings(
    max_examples=IN_A_BATCH,
    stateful_step_count=40,
    database=None,
    phases=[Phase.generate, Phase.shrink],
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture
def swift_database(transactional_db: None) -> Iterator[None]:
    """Commits that no power cut is expected after: what is killed here is the process."""
    options = connection.settings_dict["OPTIONS"]
    usual = options.get("init_command", "")
    if usual:
        options["init_command"] = usual.replace("synchronous=FULL", "synchronous=OFF")
        connection.close()
    yield
    if usual:
        options["init_command"] = usual
        connection.close()


@pytest.mark.usefixtures("swift_database")
@pytest.mark.parametrize("batch", range(SEED, SEED + HISTORIES // IN_A_BATCH))
def test_whatever_happens_nothing_is_lost_or_doubled(batch: int, bank: EmulatorServer):
    user = User.objects.create_user("alice")
    machine = machine_of(partial(Household, bank, user))
    violations = [f"batch of seed {batch} ({IN_A_BATCH} histories)"]
    try:
        run_state_machine_as_test(seed(batch)(machine), settings=SETTINGS)
        violations.clear()
    finally:
        tell(Batch(batch, machine.lived, violations))
