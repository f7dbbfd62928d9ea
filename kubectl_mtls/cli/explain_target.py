"""How people write a connection: CLIENT and SERVER[:PORT]."""

from dataclasses import dataclass

from kubectl_mtls.cli.target import Target, parse_target
from kubectl_mtls.errors import InvalidInput
from kubectl_mtls.model import kind as kinds
from kubectl_mtls.model.kind import WORKLOAD_KINDS

ANY, OUTSIDE = "any", "outside"
_GATEWAYS = (kinds.GATEWAY, kinds.KUBERNETES_GATEWAY)
_KINDS = (kinds.POD, kinds.SERVICE_ACCOUNT, kinds.SERVICE, kinds.NAMESPACE, *_GATEWAYS, *WORKLOAD_KINDS)
_LONGEST = 253
_SERVICE_WORDS = (kinds.SERVICE.singular, kinds.SERVICE.plural, *kinds.SERVICE.aliases)


@dataclass(frozen=True, slots=True)
class Client:
    """Who calls: a target, `any` (every class) or `outside` (nobody of the mesh): `target` is None for both."""

    written: str
    target: Target | None


@dataclass(frozen=True, slots=True)
class Server:
    """Who is called, as written: a host name, an address or svc/NAME; `port` None means all."""

    written: str
    name: str
    is_service: bool
    port: int | str | None


def parse_client(written: str) -> Client:
    """Read CLIENT. Raises InvalidInput."""
    _demand_length(written)
    return Client(written, None if written in (ANY, OUTSIDE) else parse_target(written, _KINDS, ANY, OUTSIDE))


def parse_server(written: str) -> Server:
    """Read SERVER[:PORT]; IPv6 addresses with a port stand in brackets. Raises InvalidInput."""
    kind, slash, rest = written.partition("/")
    is_service = bool(slash) and kind.lower() in _SERVICE_WORDS
    whole, port = _split_port(rest if is_service else written)
    name = whole.rstrip(".").lower()
    if not name or "/" in name:
        raise _unclear(written)
    _demand_length(name)
    return Server(written, name, is_service, port)


def _split_port(written: str) -> tuple[str, int | str | None]:
    if written.startswith("["):
        name, bracket, rest = written[1:].partition("]")
        if not bracket or (rest and not rest.startswith(":")):
            raise InvalidInput(f"{_shown(written)}: an IPv6 address with a port is written [ADDRESS]:PORT")
        return name, _port(rest[1:], written) if rest else None
    if written.count(":") > 1 and "/" not in written:
        return written, None
    name, colon, port = written.partition(":")
    return name, _port(port, written) if colon else None


def _port(port: str, written: str) -> int | str:
    if port.isascii() and port.isdigit():
        number = int(port[:6])
        if 0 < number < 65536:
            return number
    elif "/" in port:
        raise _unclear(written)
    elif port:
        return port
    raise InvalidInput(f"{_shown(written)}: the port should be a number between 1 and 65535, or a port's name")


def _demand_length(name: str) -> None:
    if not name or len(name) > _LONGEST + 40:
        raise InvalidInput(f"{_shown(name) or '(empty)'}: names have 1 to {_LONGEST} characters")


def _unclear(written: str) -> InvalidInput:
    return InvalidInput(
        f"{_shown(written)}: SERVER should be svc/NAME, a host name or an address, with :PORT behind it"
    )


def _shown(written: str) -> str:
    return written if len(written) < 60 else f"{written[:60]}..."
