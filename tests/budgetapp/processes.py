"""Runs Python with the app's real settings and an environment of the test's own."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent.parent
INHERITED = {"PATH", "HOME", "LANG", "LD_LIBRARY_PATH"}


def clean_environment(**variables: str) -> dict[str, str]:
    """The environment of a fresh machine plus `variables`."""
    kept = {name: value for name, value in os.environ.items() if name in INHERITED}
    return kept | {"ENV_FILE": os.devnull, "DJANGO_SETTINGS_MODULE": "budgetapp.settings"} | variables


def start(code: str, **variables: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=clean_environment(**variables),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def run(code: str, **variables: str) -> Any:
    """What `code` prints as JSON; fails with its error output."""
    process = start(code, **variables)
    output, errors = process.communicate(timeout=60)
    assert process.returncode == 0, errors
    return json.loads(output)


def error_of(code: str, **variables: str) -> str:
    """The error output of `code`, which has to fail."""
    process = start(code, **variables)
    output, errors = process.communicate(timeout=60)
    assert process.returncode != 0, output
    return errors


def settings_with(*names: str, **variables: str) -> Any:
    """The values of the settings `names` under `variables`."""
    code = f"import json; from django.conf import settings as s; print(json.dumps([getattr(s, n) for n in {names}]))"
    return run(code, **variables)
