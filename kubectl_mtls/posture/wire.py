"""What a client's proxy sends to one endpoint (4.1)."""

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
