"""The words Istio uses for mutual TLS, on either side of a connection."""

from enum import StrEnum


class ServerMode(StrEnum):
    """What a workload accepts: security.istio.io PeerAuthentication.MutualTLS.Mode, in the order of its numbers."""

    UNSET = "UNSET"
    DISABLE = "DISABLE"
    PERMISSIVE = "PERMISSIVE"
    STRICT = "STRICT"


class ClientMode(StrEnum):
    """What a client sends: networking.istio.io ClientTLSSettings.TLSmode, in the order of its numbers."""

    DISABLE = "DISABLE"
    SIMPLE = "SIMPLE"
    MUTUAL = "MUTUAL"
    ISTIO_MUTUAL = "ISTIO_MUTUAL"
