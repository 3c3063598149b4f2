"""Neither data of a person nor a secret may be under version control, now or in the past."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

from tests.audit.finding import Result

DATA = re.compile(
    r"\.(csv|tsv|xlsx?|ods|ofx|qfx|qif|qbo|sqlite3?|db|dump|bak|pem|key|p12|pfx|kdbx|log)$|(^|/)\.env(\.(?!example$).*)?$"
    r"|\.sqlite3-(wal|shm)$|(^|/)id_(rsa|ed25519)$",
    re.IGNORECASE,
)
SECRETS = {
    "a token of Plaid's": r"(access|public|link|processor)-(sandbox|development|production)-"
    r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}",
    "a private key": r"-----BEGIN [A-Z ]*PRIVATE KEY-----",
    "something encrypted": r"\bgAAAAA[0-9A-Za-z_-]{60,}",
    "an AWS key": r"\b(AKIA|ASIA)[0-9A-Z]{16}\b",
    "a GitHub token": r"\bgh[pousr]_[0-9A-Za-z]{36}",
    "a password of a database": r"postgres(ql)?://\w+:(?!password@)[^@\s:/{}<>]{6,}@",
    "a Plaid credential": r"PLAID_(CLIENT_ID|SECRET|PRODUCTION_SECRET)[\"']?\s*[=:]\s*[\"']?[0-9a-f]{24,}",
}
# Values of the tests that look like secrets, as they should.
MADE_UP = ("0a1b2c3d-1111-2222", "00000000-0000-0000-0000-000000000000", "5ec7e7cafe0123456789")
ANY = "|".join(f"({pattern})" for pattern in SECRETS.values())


def look() -> Result:
    if not Path(".git").exists():
        return Result("NOT CHECKED: this is no clone of the repository", is_done=False)
    paths = set(_git("log", "--all", "--format=", "--name-only", "--diff-filter=A").splitlines()) - {""}
    findings = [f"{path} is or was tracked" for path in sorted(paths) if DATA.search(path)]
    findings += [f"{where} holds {what}" for where, what in _secrets_in(_lines_of_history())]
    return Result(
        f"{len(paths)} paths and every line of {_git('rev-list', '--all', '--count').strip()} commits", findings
    )


def _lines_of_history() -> Iterator[tuple[str, str]]:
    """Every line that a commit of any branch added, with the commit and its file."""
    where = commit = ""
    for line in _git(
        "log", "--all", "--format=commit %h", "--patch", "--unified=0", "--no-color", "--text"
    ).splitlines():
        if line.startswith("commit "):
            commit = line.removeprefix("commit ")
        elif line.startswith("+++ b/"):
            where = f"{commit} {line.removeprefix('+++ b/')}"
        elif line.startswith("+"):
            yield where, line[1:]


def _secrets_in(lines: Iterator[tuple[str, str]]) -> list[tuple[str, str]]:
    """Place and kind of each secret, once for each place."""
    kinds = {kind: re.compile(pattern) for kind, pattern in SECRETS.items()}
    found = [
        (where, kind)
        for where, line in lines
        if re.search(ANY, line) and not any(value in line for value in MADE_UP)
        for kind, pattern in kinds.items()
        if pattern.search(line)
    ]
    return list(dict.fromkeys(found))


def _git(*arguments: str) -> str:
    done = subprocess.run(["git", *arguments], capture_output=True, check=True)
    return done.stdout.decode(errors="replace")
