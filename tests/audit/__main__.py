"""`make audit`: every check, what it found, and an exit status of 1 if that is anything."""

import sys
from collections.abc import Callable

from tests.audit import advisories, code, licences, tracked
from tests.audit.finding import Result

CHECKS: dict[str, Callable[[], Result]] = {
    "Known holes in packages": advisories.look,
    "Licences of packages": licences.look,
    "Risky code": code.look,
    "Secrets and data in the repository": tracked.look,
}


def main() -> int:
    has_findings = False
    for title, look in CHECKS.items():
        result = look()
        mark = "FOUND" if result.findings else "ok" if result.is_done else "?"
        print(f"{mark:5}  {title}: {result.summary}", flush=True)
        for finding in result.findings:
            print(f"       {finding}")
        has_findings |= bool(result.findings)
    return int(has_findings)


if __name__ == "__main__":
    sys.exit(main())
