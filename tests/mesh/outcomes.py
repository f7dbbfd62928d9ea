"""Who reaches whom, and how it ends: the expectations of this folder, as data.

A `Policy` is what an owner applies to the mesh of tests/mesh/world.py; its connections are what must come of it. They
are observed on the wire (test_wire.py), and the program is asked about the same ones.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

MTLS, TLS, PLAINTEXT, FAILS, UNKNOWN = "mTLS", "TLS", "PLAINTEXT", "FAILS", "UNKNOWN"
STRICT, PERMISSIVE, DISABLE = "STRICT", "PERMISSIVE", "DISABLE"

NOT_TLS = "WRONG_VERSION_NUMBER"
REFUSED_SERVER = "CERTIFICATE_VERIFY_FAILED"
CLOSED = "Connection_reset_by_peer"
CLIENT_HELLO = "16 03 01"

RESET = "ConnectionResetError"


@dataclass(frozen=True, slots=True)
class Lines:
    """What an access log says of a connection: the flags of each line, and a part of its reason.

    Several alternatives of flags are by chance. Without any alternative there must be no line at all.
    """

    flags: tuple[frozenset[str], ...]
    reason: tuple[str, ...] = ()


def _lines(*flags: str, reason: Iterable[str] = ()) -> Lines:
    return Lines(tuple(frozenset(filter(None, one.split(","))) for one in flags), tuple(reason))


NOTHING = _lines()
NO_FLAG = _lines("")


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a connection ends: the word for it, what the client sees, and what the two sidecars write.

    `ends` are HTTP statuses, curl's exit codes or what a TCP client meets; several are by chance. `application` are the
    first bytes that the application got, where that is worth knowing. None: there is no such log, or nothing to say.
    """

    name: str
    verdict: str
    ends: frozenset[str]
    client: Lines | None = None
    server: Lines | None = None
    application: str | None = None


def _fails(
    name: str, ends: str, client: Lines | None = None, server: Lines | None = None, application: str | None = None
) -> Outcome:
    return Outcome(name, FAILS, frozenset(ends.split(" or ")), client, server, application)


_PASSED = frozenset({"200", "answered"})
IN_MTLS = Outcome("mTLS", MTLS, _PASSED)
IN_TLS = Outcome("TLS", TLS, _PASSED)
IN_PLAINTEXT = Outcome("plaintext", PLAINTEXT, _PASSED)

# A sidecar that gives up a connection resets it or not, by what it has read of it.
_TCP_LOST = f"{RESET} or EOF"
_UF_NOT_TLS = _lines("UF,URX", reason=[NOT_TLS])
_UF_REFUSED = _lines("UF,URX", reason=[REFUSED_SERVER])
_UF_CLOSED = _lines("UF,URX", reason=[CLOSED])
_SERVER_REFUSED = _lines("", reason=["PEER_DID_NOT_RETURN_A_CERTIFICATE", "CERTIFICATE_VERIFY_FAILED"])
_CLIENT_REFUSED = _lines("", reason=["TLSV1_ALERT_UNKNOWN_CA", "SSLV3_ALERT_CERTIFICATE_UNKNOWN"])

# Plaintext where mTLS is required: no filter chain of the server's sidecar takes it.
NAKED_PLAINTEXT = _fails("plaintext, no proxy", "curl 56", server=_lines("NR"))
HTTP_PLAINTEXT = _fails("plaintext", "503", _lines("UC"), _lines("NR"))
TCP_NAKED_PLAINTEXT = _fails("TCP plaintext, no proxy", RESET, server=_lines("NR"))
TCP_PLAINTEXT = _fails("TCP plaintext", RESET, _lines("UR"), _lines("NR"))
# TLS to something that takes none: the sidecar's HTTP parser, or the application behind it.
HTTP_UNWANTED_TLS = _fails("TLS to a plain HTTP port", "503", _UF_NOT_TLS, _lines("DPE"))
TCP_UNWANTED_TLS = _fails("TLS to a plain application", _TCP_LOST, _UF_NOT_TLS, _lines("", "UR"), CLIENT_HELLO)
NAKED_UNWANTED_TLS = _fails("TLS to a plain HTTP port, no proxy", "curl 35", server=_lines("DPE"))
TCP_NAKED_UNWANTED_TLS = _fails("TLS to a plain application, no proxy", "curl 35", application=CLIENT_HELLO)
# TLS that is not the mesh's to a PERMISSIVE HTTP port: no filter chain of the server's sidecar takes it.
HTTP_FOREIGN_TLS = _fails("TLS without istio ALPN", "503", _UF_CLOSED, _lines("NR"))
NAKED_FOREIGN_TLS = _fails("TLS without istio ALPN, no proxy", "curl 35", server=_lines("NR"))
# STRICT: one side refuses the other's certificate.
HTTP_SERVER_REFUSED = _fails("the client refuses the server", "503", _UF_REFUSED, NOTHING)
HTTP_CLIENT_REFUSED = _fails("the server refuses the client", "503", _lines("UC"), NOTHING)
TCP_SERVER_REFUSED = _fails("TCP, the client refuses the server", _TCP_LOST, _UF_REFUSED, _CLIENT_REFUSED)
TCP_CLIENT_REFUSED = _fails("TCP, the server refuses the client", _TCP_LOST, NO_FLAG, _SERVER_REFUSED)
NAKED_REFUSED = _fails("the server refuses the client, no proxy", "curl 16 or curl 55 or curl 56", server=NOTHING)
TCP_NAKED_REFUSED = _fails(
    "TCP, the server refuses the client, no proxy", "curl 16 or curl 55 or curl 56", server=_SERVER_REFUSED
)
# No sidecar at the server.
BARE_NOT_TLS = _fails("TLS to an application without proxy", "503", _UF_NOT_TLS, application=CLIENT_HELLO)
TCP_BARE_NOT_TLS = _fails("TCP, TLS to an application without proxy", _TCP_LOST, _UF_NOT_TLS, application=CLIENT_HELLO)
BARE_WANTS_TLS = _fails("plaintext to a TLS application without proxy", "503", _lines("UC"))
BARE_REFUSED = _fails("mTLS to a TLS application without proxy", "503", _UF_REFUSED)
# mTLS into an application whose port the server's sidecar does not see.
EXCLUDED_NOT_TLS = _fails("mTLS to an excluded port", "503", _UF_NOT_TLS, NOTHING, CLIENT_HELLO)
# An address that is no Service passes as TCP, whatever it speaks.
ADDRESS_PLAINTEXT = _fails("plaintext to an address", "curl 56", _lines("UR"), _lines("NR"))


@dataclass(frozen=True, slots=True)
class Connection:
    """One attempt: who, to which port of which Service, speaking what (http, tcp, https: TLS of the client's own).

    `foretold` is the verdict of somebody who sees all objects, where it is another: no object says whether an
    application speaks TLS, nor who issued the certificate in a file of the client's proxy.
    """

    client: str
    service: str
    port: int
    speaks: str
    outcome: Outcome
    foretold: str = ""

    @property
    def name(self) -> str:
        return f"{self.client}-{self.speaks}-{self.service.replace('/', '.')}:{self.port}"


@dataclass(frozen=True, slots=True)
class Policy:
    """What is applied, what follows, and the mode that ports are then in, by `namespace/service:port`."""

    name: str
    manifests: str
    connections: tuple[Connection, ...]
    modes: dict[str, str] = field(default_factory=dict)


def peer_authentication(namespace: str, mode: str, app: str = "", ports: dict[int, str] | None = None) -> str:
    """A PeerAuthentication, for the namespace or for the pods of one app."""
    spec = f"selector: {{matchLabels: {{app: {app}}}}}, " if app else ""
    spec += f"mtls: {{mode: {mode}}}"
    if ports:
        spec += f", portLevelMtls: {{{', '.join(f'{port}: {{mode: {one}}}' for port, one in ports.items())}}}"
    metadata = f"{{name: {app or 'default'}, namespace: {namespace}}}"
    return f"---\napiVersion: security.istio.io/v1\nkind: PeerAuthentication\nmetadata: {metadata}\nspec: {{{spec}}}\n"


# client, speaks, service of the namespace shop: the outcome at STRICT, PERMISSIVE, DISABLE
_HTTP = {
    ("naked", "http", "auto"): (NAKED_PLAINTEXT, IN_PLAINTEXT, IN_PLAINTEXT),
    ("naked", "http", "mesh"): (NAKED_PLAINTEXT, IN_PLAINTEXT, IN_PLAINTEXT),
    ("naked", "https", "plain"): (NAKED_REFUSED, NAKED_FOREIGN_TLS, NAKED_UNWANTED_TLS),
    ("app", "http", "auto"): (IN_MTLS, IN_MTLS, IN_PLAINTEXT),
    ("app", "http", "plain"): (HTTP_PLAINTEXT, IN_PLAINTEXT, IN_PLAINTEXT),
    ("app", "http", "mesh"): (IN_MTLS, IN_MTLS, HTTP_UNWANTED_TLS),
    ("app", "http", "simple"): (HTTP_CLIENT_REFUSED, HTTP_FOREIGN_TLS, HTTP_UNWANTED_TLS),
    ("app", "http", "simple-refusing"): (HTTP_SERVER_REFUSED, HTTP_FOREIGN_TLS, HTTP_UNWANTED_TLS),
    ("app", "http", "mutual"): (HTTP_CLIENT_REFUSED, HTTP_FOREIGN_TLS, HTTP_UNWANTED_TLS),
    ("app", "http", "mutual-refusing"): (HTTP_SERVER_REFUSED, HTTP_FOREIGN_TLS, HTTP_UNWANTED_TLS),
    ("app", "http", "mutual-mesh"): (IN_MTLS, HTTP_FOREIGN_TLS, HTTP_UNWANTED_TLS),
    ("batch", "http", "mesh"): (HTTP_PLAINTEXT, IN_PLAINTEXT, IN_PLAINTEXT),
    ("batch", "http", "auto"): (IN_MTLS, IN_MTLS, IN_PLAINTEXT),
}
_TCP = {
    ("naked", "tcp", "auto"): (TCP_NAKED_PLAINTEXT, IN_PLAINTEXT, IN_PLAINTEXT),
    ("naked", "tcp", "mesh"): (TCP_NAKED_PLAINTEXT, IN_PLAINTEXT, IN_PLAINTEXT),
    ("naked", "https", "plain"): (TCP_NAKED_REFUSED, TCP_NAKED_UNWANTED_TLS, TCP_NAKED_UNWANTED_TLS),
    ("naked", "https", "secure"): (TCP_NAKED_REFUSED, IN_TLS, IN_TLS),
    ("app", "tcp", "auto"): (IN_MTLS, IN_MTLS, IN_PLAINTEXT),
    ("app", "tcp", "plain"): (TCP_PLAINTEXT, IN_PLAINTEXT, IN_PLAINTEXT),
    ("app", "tcp", "mesh"): (IN_MTLS, IN_MTLS, TCP_UNWANTED_TLS),
    ("app", "tcp", "simple"): (TCP_CLIENT_REFUSED, TCP_UNWANTED_TLS, TCP_UNWANTED_TLS),
    ("app", "tcp", "simple-refusing"): (TCP_SERVER_REFUSED, TCP_UNWANTED_TLS, TCP_UNWANTED_TLS),
    ("app", "tcp", "mutual"): (TCP_CLIENT_REFUSED, TCP_UNWANTED_TLS, TCP_UNWANTED_TLS),
    ("app", "tcp", "mutual-refusing"): (TCP_SERVER_REFUSED, TCP_UNWANTED_TLS, TCP_UNWANTED_TLS),
    ("app", "tcp", "mutual-mesh"): (IN_MTLS, TCP_UNWANTED_TLS, TCP_UNWANTED_TLS),
    ("app", "tcp", "secure"): (TCP_SERVER_REFUSED, IN_TLS, IN_TLS),
    ("batch", "tcp", "mesh"): (TCP_PLAINTEXT, IN_PLAINTEXT, IN_PLAINTEXT),
}


def _foretold(service: str, port: int, mode: str) -> str:
    """See Connection."""
    if service == "mutual-mesh" and mode == STRICT:
        return FAILS
    is_tls = service.startswith(("simple", "mutual", "secure"))
    return UNKNOWN if is_tls and port == 9000 and mode != STRICT else ""


def _matrix() -> Iterator[Policy]:
    """Every form of client against the three modes of a namespace."""
    for column, mode in enumerate((STRICT, PERMISSIVE, DISABLE)):
        connections = [
            Connection(client, f"shop/{service}", port, speaks, outcomes[column], _foretold(service, port, mode))
            for port, table in ((80, _HTTP), (9000, _TCP))
            for (client, speaks, service), outcomes in table.items()
        ]
        modes = {"shop/mesh:80": mode, "shop/mesh:9000": mode}
        yield Policy(f"namespace-{mode}", peer_authentication("shop", mode), tuple(connections), modes)


def _data(name: str, manifests: str, *connections: Connection, **modes: str) -> Policy:
    """A policy for the namespace data; modes by `http`, `other` and `tcp`, the ports of its Service."""
    ports = {"http": 80, "other": 81, "tcp": 9000}
    return Policy(name, manifests, connections, {f"data/db:{ports[key]}": mode for key, mode in modes.items()})


def _db(
    naked: tuple[Outcome, Outcome, Outcome], auto: tuple[Outcome, Outcome, Outcome], mesh: tuple[Outcome, ...] = ()
) -> Iterator[Connection]:
    """The three ports of data/db asked by a client without proxy and one of the mesh, and in explicit mesh mTLS."""
    for client, service, outcomes in (("naked", "db", naked), ("app", "db", auto), ("batch", "db-mesh", mesh)):
        for (port, speaks), outcome in zip(((80, "http"), (81, "http"), (9000, "tcp")), outcomes, strict=False):
            yield Connection(client, f"data/{service}", port, speaks, outcome)


_NAKED_FAILS = (NAKED_PLAINTEXT, NAKED_PLAINTEXT, TCP_NAKED_PLAINTEXT)
_ALL_MTLS = (IN_MTLS, IN_MTLS, IN_MTLS)
_ALL_PLAINTEXT = (IN_PLAINTEXT, IN_PLAINTEXT, IN_PLAINTEXT)


def _levels() -> Iterator[Policy]:
    """Which of several policies decides."""
    yield _data(
        "port-wins-over-workload",
        peer_authentication("data", STRICT, "db", {8001: PERMISSIVE, 8002: DISABLE}),
        *_db(
            (IN_PLAINTEXT, IN_PLAINTEXT, TCP_NAKED_PLAINTEXT),
            (IN_MTLS, IN_PLAINTEXT, IN_MTLS),
            (IN_MTLS, HTTP_UNWANTED_TLS, IN_MTLS),
        ),
        http=PERMISSIVE,
        other=DISABLE,
        tcp=STRICT,
    )
    yield _data(
        "port-of-the-service-is-nobodys",
        peer_authentication("data", STRICT, "db", {80: DISABLE, 81: DISABLE, 9000: PERMISSIVE}),
        *_db(_NAKED_FAILS, _ALL_MTLS, _ALL_MTLS),
        http=STRICT,
        other=STRICT,
        tcp=STRICT,
    )
    yield _data(
        "namespace-wins-over-mesh",
        peer_authentication("istio-system", STRICT) + peer_authentication("data", PERMISSIVE),
        *_db(_ALL_PLAINTEXT, _ALL_MTLS, _ALL_MTLS),
        Connection("naked", "shop/auto", 80, "http", NAKED_PLAINTEXT),
        Connection("app", "shop/auto", 80, "http", IN_MTLS),
        http=PERMISSIVE,
        other=PERMISSIVE,
        tcp=PERMISSIVE,
    )
    # Auto mTLS looks at the namespace's mode alone: DISABLE there and STRICT below breaks the mesh's own clients.
    yield _data(
        "namespace-DISABLE-under-workload-STRICT",
        peer_authentication("data", DISABLE) + peer_authentication("data", STRICT, "db"),
        *_db(_NAKED_FAILS, (HTTP_PLAINTEXT, HTTP_PLAINTEXT, TCP_PLAINTEXT), _ALL_MTLS),
        http=STRICT,
        other=STRICT,
        tcp=STRICT,
    )


def _ports() -> Iterator[Policy]:
    """Ports that are not like the others."""
    yield Policy(
        "odd-ports-at-STRICT",
        peer_authentication("data", STRICT),
        (
            Connection("naked", "data/excluded", 80, "http", IN_PLAINTEXT),
            Connection("app", "data/excluded", 80, "http", EXCLUDED_NOT_TLS),
            Connection("naked", "data/headless", 8011, "http", NAKED_PLAINTEXT),
            Connection("app", "data/headless", 8011, "http", IN_MTLS),
            Connection("naked", "data/undeclared", 82, "http", NAKED_PLAINTEXT),
            Connection("app", "data/undeclared", 82, "http", IN_MTLS),
            Connection("app", "", 8012, "http", ADDRESS_PLAINTEXT),
        ),
    )


def _without_proxy() -> Policy:
    """A server without sidecar, to whom policies mean nothing."""
    return Policy(
        "server-without-proxy",
        peer_authentication("legacy", STRICT),
        (
            Connection("naked", "legacy/bare", 80, "http", IN_PLAINTEXT),
            Connection("naked", "legacy/bare", 9000, "tcp", IN_PLAINTEXT),
            Connection("naked", "legacy/bare-tls", 443, "https", IN_TLS),
            Connection("app", "legacy/bare", 80, "http", IN_PLAINTEXT),
            Connection("app", "legacy/bare", 9000, "tcp", IN_PLAINTEXT),
            Connection("app", "legacy/bare-mesh", 80, "http", BARE_NOT_TLS),
            Connection("app", "legacy/bare-mesh", 9000, "tcp", TCP_BARE_NOT_TLS),
            Connection("app", "legacy/bare-simple", 80, "http", BARE_NOT_TLS, UNKNOWN),
            Connection("app", "legacy/bare-tls", 443, "http", BARE_WANTS_TLS, PLAINTEXT),
            Connection("app", "legacy/bare-tls-mesh", 443, "http", BARE_REFUSED),
            Connection("app", "legacy/bare-tls-simple", 443, "http", IN_TLS, UNKNOWN),
        ),
    )


POLICIES = (*_matrix(), *_levels(), *_ports(), _without_proxy())
