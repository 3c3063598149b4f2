from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Result:
    """One measured figure beside its target; smaller is better."""

    what: str
    measured: float
    target: float
    unit: str = "x"
    detail: str = ""

    @property
    def is_met(self) -> bool:
        return self.measured <= self.target

    def __str__(self) -> str:
        verdict = "ok  " if self.is_met else "MISS"
        return f"{verdict} {self.what}: {self.measured:.2f} {self.unit} (target {self.target:g}) {self.detail}".rstrip()


def peak_megabytes() -> float:
    """The peak of this program alone: `ru_maxrss` would count what the process was before it began."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024
