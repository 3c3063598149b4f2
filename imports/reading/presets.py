"""The banks that are known by their header: one small file of data each, in `imports/presets`."""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from imports.reading.columns import normalised
from imports.reading.mapping import Mapping

_FOLDER = Path(__file__).resolve().parent.parent / "presets"


@dataclass(frozen=True, slots=True)
class Preset:
    """One known format. `key` is its file's name, `header` its columns in order, the `optional` ones may be missing.

    `has_others`: the bank puts further columns among them. A format without header has a `shape` instead, which says
    of each column whether it holds a `date`, an `amount`, `text`, a `blank` (empty or a check number), or that very
    text.
    """

    key: str
    name: str
    mapping: Mapping
    header: tuple[str, ...] = ()
    optional: frozenset[str] = frozenset()
    has_others: bool = False
    shape: tuple[str, ...] = ()

    def fits(self, header: Sequence[str]) -> bool:
        """Whether this is the format's header."""
        if not self.header:
            return False
        names = [normalised(name) for name in header]
        known = set(self.header)
        found = [name for name in names if name in known] if self.has_others else names
        return found == [name for name in self.header if name in found or name not in self.optional]


@cache
def presets() -> tuple[Preset, ...]:
    """All formats that come with the app, by name."""
    return tuple(sorted(map(_loaded, _FOLDER.glob("*.toml")), key=lambda preset: preset.name))


def preset_named(key: str) -> Preset | None:
    """The preset with this key."""
    return next((preset for preset in presets() if preset.key == key), None)


def _loaded(path: Path) -> Preset:
    written = tomllib.loads(path.read_text(encoding="utf-8"))
    return Preset(
        key=path.stem,
        name=written["name"],
        mapping=Mapping.from_json(written["mapping"]),
        header=tuple(map(normalised, written.get("header", ()))),
        optional=frozenset(map(normalised, written.get("optional", ()))),
        has_others=written.get("has_others", False),
        shape=tuple(written.get("shape", ())),
    )
