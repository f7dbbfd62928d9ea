"""Fixes of what no DestinationRule decides take their findings away: on a real API server, by a real kubectl."""

import json
from pathlib import Path

from tests.live.paste import paste
from tests.live.program import run_as
from tests.rules.mesh import authorization, namespace, pod, policy, service
from tests.servers.api import ApiServer

PORT = "{name: http, port: 80, targetPort: 8080}"
LABEL = "security.istio.io/tlsMode"


def server(place: str, number: int, *, spec: str = "", labels: str = "app: cart") -> str:
    """A namespace with Service cart and one pod with a sidecar."""
    return (
        namespace(place, "istio-injection: enabled")
        + service(namespace=place, ports=PORT, spec=spec)
        + pod(namespace=place, labels=labels, proxy=True, address=f"10.0.1.{number}")
    )


ASKING = authorization('{principals: ["*"]}').replace("namespace: shop", "namespace: bank")
WRONG = (
    server("shop", 1)
    + policy(mode="DISABLE")
    + policy("cart", "STRICT", select="{app: cart}")
    + server("data", 2, spec="clusterIP: None")
    + policy("cart", "STRICT", namespace="data", select="{app: cart}", ports="{8080: {mode: DISABLE}}")
    + server("bank", 3)
    + policy(mode="DISABLE", namespace="bank")
    + ASKING
    + server("bare", 4, labels=f"app: cart, {LABEL}: disabled")
    + policy(mode="STRICT", namespace="bare")
)
MENDED = {"MTLS115", "MTLS117", "MTLS118", "MTLS504"}


def findings(cluster: ApiServer) -> list[tuple[str, str]]:
    ran = run_as(cluster, "admin", "shop", "check", "-A", "-o", "json")
    return [(one["code"], one["fix"]) for one in json.loads(ran.out)["findings"] if one["code"] in MENDED]


def test_pasted_fixes_of_modes_and_labels_take_their_findings_away(mesh, kubectl: Path, tmp_path: Path) -> None:
    cluster = mesh(WRONG)
    before = findings(cluster)
    assert {code for code, _ in before} == MENDED
    paste(cluster, kubectl, [fix for _, fix in before], tmp_path)
    assert findings(cluster) == []
