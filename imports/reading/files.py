"""The door: bytes of a file in, statements out."""

import datetime

from imports.reading.errors import Refused
from imports.reading.mapping import Mapping
from imports.reading.statements import Reading


def read(content: bytes, *, mapping: Mapping | None = None, today: datetime.date) -> Reading:
    """What the file says, whatever its name is; `mapping` (CSV only) answers what the file leaves open.

    Raises Refused for anything that is no bank file, and nothing else. `today` settles two-digit years and
    refuses dates far in the future.
    """
    _ = content, mapping, today
    raise Refused("Files can't be read yet.")
