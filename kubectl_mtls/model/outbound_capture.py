"""Which of a pod's connections does iptables send to its sidecar?

Source: Istio's tools/istio-iptables/pkg/capture/run.go, whose order this keeps: excluded ports, excluded ranges,
included ports, included ranges. A range is asked about the address that the application calls.
"""

import ipaddress
import re
from collections.abc import Iterable
from dataclasses import dataclass

from kubectl_mtls.model.host import is_address
from kubectl_mtls.model.selector import Labels

Range = ipaddress.IPv4Network | ipaddress.IPv6Network
_PORT = re.compile("[0-9]{1,5}")
_PREFIX = "traffic.sidecar.istio.io/"
EXCLUDED_PORTS, EXCLUDED_RANGES = f"{_PREFIX}excludeOutboundPorts", f"{_PREFIX}excludeOutboundIPRanges"
INCLUDED_PORTS, INCLUDED_RANGES = f"{_PREFIX}includeOutboundPorts", f"{_PREFIX}includeOutboundIPRanges"


@dataclass(frozen=True, slots=True)
class OutboundCapture:
    """What the annotations say. `included` None means every address, which is the injector's default."""

    excluded_ports: frozenset[int] = frozenset()
    included_ports: frozenset[int] = frozenset()
    excluded: tuple[Range, ...] = ()
    included: tuple[Range, ...] | None = None

    def missed_by(self, port: int, addresses: Iterable[str]) -> str | None:
        """The annotation for which calls go past the sidecar, whichever of these addresses they are to; else None.

        Names are no addresses: where there is nothing else only ports can be told.
        """
        if port in self.excluded_ports:
            return EXCLUDED_PORTS
        called = [ipaddress.ip_address(one) for one in addresses if is_address(one)] if self._has_ranges else []
        if called and all(_is_in(one, self.excluded) for one in called):
            return EXCLUDED_RANGES
        if self.included is None or port in self.included_ports or not called:
            return None
        return None if any(_is_in(one, self.included) for one in called) else INCLUDED_RANGES

    @property
    def _has_ranges(self) -> bool:
        return bool(self.excluded) or self.included is not None


CAPTURES_ALL = OutboundCapture()


def parse_outbound_capture(annotations: Labels) -> OutboundCapture:
    """What is no port or range is passed over, as istio-iptables would refuse it."""
    if not any(one.startswith(_PREFIX) for one in annotations):
        return CAPTURES_ALL
    included = annotations.get(INCLUDED_RANGES)
    return OutboundCapture(
        excluded_ports=_ports(annotations.get(EXCLUDED_PORTS, "")),
        included_ports=_ports(annotations.get(INCLUDED_PORTS, "")),
        excluded=_ranges(annotations.get(EXCLUDED_RANGES, "")),
        included=None if included is None or included.strip() == "*" else _ranges(included),
    )


def _ports(written: str) -> frozenset[int]:
    return frozenset(int(part) for part in written.replace(" ", "").split(",") if _PORT.fullmatch(part))


def _ranges(written: str) -> tuple[Range, ...]:
    found = []
    for part in written.replace(" ", "").split(","):
        try:
            found.append(ipaddress.ip_network(part, strict=False))
        except ValueError:
            continue
    return tuple(found)


def _is_in(address: ipaddress.IPv4Address | ipaddress.IPv6Address, ranges: Iterable[Range]) -> bool:
    return any(address in one for one in ranges)
