from dataclasses import dataclass, field


@dataclass(frozen=True)
class Result:
    """What a check looked at, and what has to be put right."""

    summary: str
    findings: list[str] = field(default_factory=list)
    is_done: bool = True
    """Whether all of it could be looked at."""
