"""In which ways can a connection fail (4.3)? The names say who does not take what."""

from enum import StrEnum


class Fault(StrEnum):
    """What goes wrong, in words that complete "fails: "."""

    PLAINTEXT_REFUSED = "the client sends plaintext, the server accepts only mutual TLS"
    TLS_DEMANDED = "the client sends plaintext, the gateway's port takes TLS alone"
    NAME_NOT_SERVED = "no server of the gateway on this port is for the name that the client asks for"
    FOREIGN_TLS_REFUSED = "the server's HTTP port takes plaintext and TLS of the mesh, no other TLS"
    TLS_TO_PLAINTEXT = "the client sends TLS, the server reads plaintext"
    TLS_TO_APPLICATION = "the client's TLS of the mesh reaches the application, which does not speak it"
    SERVER_REFUSED = "the client does not accept the server's certificate"
    CLIENT_REFUSED = "the server demands a certificate that the client does not have"
    AMBIENT_POLICY = "ztunnel lets nothing through that has no identity of the mesh"
    IDENTITY_REQUIRED = "an AuthorizationPolicy demands an identity, and the connection carries none"
    NOTHING_LISTENS = "no Gateway has a server on this port"
    BLOCKED = "the client's proxy blocks hosts that it does not know (REGISTRY_ONLY)"


class Proviso(StrEnum):
    """On what the verdict rests that no object says, in words that complete "if "."""

    SERVER_SPEAKS_TLS = "the server outside of the mesh speaks TLS and its certificate is accepted"
    APPLICATION_SPEAKS_TLS = "the application speaks TLS itself, as the port's name says"
    FOREIGN_CERTIFICATE = "the client's certificate is not one of the mesh's CA"
    CERTIFICATE_ACCEPTED = "both sides accept each other's certificate"


class UnknownBy(StrEnum):
    """Why a verdict cannot be told, in words that complete "unknown: "."""

    APPLICATION = "only the application knows whether it speaks TLS"
    NO_ENDPOINTS = "nothing is behind it: no endpoint to connect to"
    ANY_ADDRESS = "the address comes with each request, and none is known"
    SERVER = "what the server accepts is not known"
    CLIENT_FILTER = "an EnvoyFilter patches the clusters or listeners of the client"
    GAP = "what may decide it could not be read"
    PROXYLESS = "gRPC without proxy follows ISTIO_MUTUAL only where the application dials with xDS credentials"
    GATEWAY_PASSES = "the gateway passes TLS on to what is behind it"
    NOT_PROXIED = "UDP is not proxied"
    INJECTION = "whether the client has a proxy is not known"
