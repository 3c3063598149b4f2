"""pip-audit over the pinned packages. Where its source can't be reached, that is said, and nothing is claimed."""

import json
import subprocess
import sys
from typing import Any

from tests.audit.finding import Result

LISTS = ("requirements.txt", "requirements-dev.txt", "requirements-postgres.txt")
PATIENCE = 15  # seconds for one answer of the source
LONGEST = 240


def look() -> Result:
    command = [sys.executable, "-m", "pip_audit", "--disable-pip", "--require-hashes", "--progress-spinner=off"]
    command += ["--format=json", f"--timeout={PATIENCE}", *(part for name in LISTS for part in ("-r", name))]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=LONGEST)
    except subprocess.TimeoutExpired:
        return Result(f"NOT CHECKED: the source of advisories did not answer within {LONGEST} seconds", is_done=False)
    if not done.stdout.startswith("{"):
        last = done.stderr.strip().splitlines()[-1:]
        return Result(f"NOT CHECKED: pip-audit gave no answer: {' '.join(last)}", is_done=False)
    return _judged(json.loads(done.stdout)["dependencies"])


def _judged(packages: list[dict[str, Any]]) -> Result:
    """pip-audit counts a package that its source does not know as one without holes; here it is one not looked up."""
    known = [package for package in packages if "vulns" in package]
    if not known:
        return Result(
            f"NOT CHECKED: the source of advisories answers for none of {len(packages)} packages", is_done=False
        )
    holes = [
        f"{package['name']} {package['version']}: {hole['id']}, repaired in {hole['fix_versions'] or 'no version yet'}"
        for package in known
        for hole in package["vulns"]
    ]
    return Result(f"{len(known)} of {len(packages)} packages looked up", holes, is_done=len(known) == len(packages))
