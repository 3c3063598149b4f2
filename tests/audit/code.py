"""bandit over what is installed on a server: nothing of medium or high severity."""

import json
import subprocess
import sys

from tests.audit.finding import Result

APPS = ("budgetapp", "plaid_sync", "imports", "accounts", "investments", "categories", "money", "paging")


def look() -> Result:
    command = [sys.executable, "-m", "bandit", "--quiet", "--recursive", "--format=json", "--severity-level=medium"]
    done = subprocess.run([*command, *APPS], capture_output=True, text=True, check=False)
    report = json.loads(done.stdout)
    findings = [
        f"{found['filename']}:{found['line_number']} {found['test_id']} {found['issue_text']}"
        for found in report["results"]
    ]
    findings += [f"{error['filename']} could not be read: {error['reason']}" for error in report["errors"]]
    return Result(f"{report['metrics']['_totals']['loc']} lines of code", findings)
