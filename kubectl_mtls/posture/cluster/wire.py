"""What a client's proxy sends to one endpoint (4.1)."""

from collections.abc import Iterable
from enum import StrEnum


class Wire(StrEnum):
    """The form of a connection. MIXED stands only for several endpoints that differ."""

    ISTIO_MUTUAL = "ISTIO_MUTUAL"
    MUTUAL = "MUTUAL"
    SIMPLE = "SIMPLE"
    PLAINTEXT = "PLAINTEXT"
    HBONE = "HBONE"
    MIXED = "MIXED"
    UNKNOWN = "UNKNOWN"

    @property
    def is_tls(self) -> bool:
        """Whether bytes go out encrypted."""
        return self in (Wire.ISTIO_MUTUAL, Wire.MUTUAL, Wire.SIMPLE, Wire.HBONE)


def together(wires: Iterable[Wire]) -> Wire:
    """One word for several endpoints; UNKNOWN where there are none."""
    found = set(wires)
    return next(iter(found)) if len(found) == 1 else Wire.MIXED if found else Wire.UNKNOWN
