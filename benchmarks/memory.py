"""Peak memory of a process that syncs 10,000 lines over HTTP from a simulated bank in another process."""

import os
import subprocess
import sys

from benchmarks.figures import Result, peak_megabytes

ROWS = 10_000
TARGET_MB = 150


def result() -> Result:
    """Runs the sync in a fresh process, so that nothing else counts."""
    from plaid_sync.emulator.server import EmulatorServer

    with EmulatorServer() as server:
        linked = server.bank.link()
        account_id = linked.accounts["savings"]
        server.bank.clear(account_id)
        server.bank.fill(account_id, ROWS)
        told = [server.url, linked.item_id, account_id]
        command = [sys.executable, "-m", "benchmarks.memory", *told]
        environment = os.environ | {"BENCH_ACCESS_TOKEN": linked.access_token}
        answer = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    megabytes, rows = answer.stdout.split()
    if int(rows) < ROWS:
        raise SystemExit(f"The benchmark synced {rows} rows, not {ROWS}")
    return Result(f"peak memory of a sync of {rows} lines over HTTP", float(megabytes), TARGET_MB, unit="MB")


def _sync(url: str, item_id: str, plaid_account_id: str) -> None:
    from benchmarks import install

    install.prepare(PLAID_ENV="emulator", PLAID_EMULATOR_URL=url)
    from accounts.models import Account, Transaction
    from plaid_sync.gateway import gateway_from_settings
    from plaid_sync.models import LinkedAccount, PlaidItem
    from plaid_sync.pacing import Pace
    from plaid_sync.sync import sync
    from plaid_sync.vault import encrypt_token

    token = encrypt_token(os.environ["BENCH_ACCESS_TOKEN"], item_id=item_id)
    item = PlaidItem.objects.create(item_id=item_id, access_token=token, environment="emulator")
    account = Account.objects.create(name="Bench", account_type="savings")
    linked = LinkedAccount.objects.create(
        account=account, item=item, plaid_account_id=plaid_account_id, feed="plaid:bench"
    )
    sync(linked.pk, "manual", gateway=gateway_from_settings(), pace=Pace())
    sys.stdout.write(f"{peak_megabytes():.1f} {Transaction.objects.live().count()}\n")


if __name__ == "__main__":
    _sync(*sys.argv[1:])
