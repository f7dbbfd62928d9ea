"""What does an istiod say of its signing certificate, for whoever may ask it?

Its metrics come through the API server's proxy of its Service (right: get services/proxy), so that no key is read
(security/pkg/server/ca/monitoring.go). No role of this program needs that right: without it nobody tells.
"""

import re
from datetime import UTC, datetime

from kubectl_mtls.errors import InvalidInput, Unreachable
from kubectl_mtls.kube.api import Api
from kubectl_mtls.kube.path import api_path
from kubectl_mtls.model.control_plane import Istiod
from kubectl_mtls.model.kind import SERVICE

SECONDS = 2.0
_PORT = 15014
_ENDS_AT = re.compile(rb"^citadel_server_cert_chain_expiry_timestamp(?:\{[^}\n]*\})? ([0-9.e+]+)$", re.MULTILINE)


def read_signing_end(api: Api, istiod: Istiod) -> datetime | None:
    """When the certificate that istiod signs with ends (aware UTC); None where it does not say so within SECONDS.

    istiod's Service has the name of its Deployment. It is asked once: in an outage of istiod nobody waits for this.
    """
    try:
        service = api_path(SERVICE, "v1", istiod.metadata.namespace, f"{istiod.metadata.name}:{_PORT}")
        answer = api.limited(SECONDS).request("GET", f"{service}/proxy/metrics", accept="text/plain", attempts=1)
    except (Unreachable, InvalidInput):
        return None
    return parse_signing_end(answer.body) if answer.status == 200 else None


def parse_signing_end(metrics: bytes) -> datetime | None:
    """The time in metrics in Prometheus' text format; None where there is none, or none that a calendar has."""
    found = _ENDS_AT.search(metrics)
    try:
        seconds = float(found[1]) if found else 0.0
        return datetime.fromtimestamp(seconds, UTC) if seconds else None
    except (ValueError, OverflowError, OSError):
        return None
