"""Istio's own test cases of its Gateway API conversion, as far as TLS goes.

`python -m tests.conformance.gateway_api.collect` writes cases.json from pilot/pkg/config/kube/gateway/testdata of the
istio.io/istio that oracle/go.mod pins: manifests, and beside them the Gateways and DestinationRules that istiod makes.
"""

import json
import subprocess
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml

ORACLE = Path(__file__).parents[1] / "oracle"
KEPT = Path(__file__).parent / "cases.json"
KINDS = ("Gateway", "GatewayClass", "ReferenceGrant", "BackendTLSPolicy", "ServiceEntry", "Service")
Json = dict[str, Any]


def testdata() -> Path:
    """The folder of the cases in Go's module cache."""
    command = ["go", "list", "-m", "-f", "{{.Dir}}", "istio.io/istio"]
    found = subprocess.run(command, cwd=ORACLE, check=True, capture_output=True, text=True)
    return Path(found.stdout.strip()) / "pilot/pkg/config/kube/gateway/testdata"


def made(document: Json) -> Json | None:
    """One Gateway or DestinationRule that istiod made, in short; None for what has no part in TLS here."""
    metadata, spec = document["metadata"], document["spec"]
    parents = metadata["annotations"]["internal.istio.io/parents"]
    if document["kind"] == "Gateway" and parents.startswith("Gateway/"):
        (server,) = spec["servers"]
        services = metadata["annotations"]["internal.istio.io/gateway-service"]
        return {
            "listener": parents.removeprefix("Gateway/"),
            "services": services,
            "port": server["port"]["number"],
            "protocol": server["port"]["protocol"],
            "host": server["hosts"][0].rpartition("/")[2],
            "tls": server.get("tls"),
        }
    if document["kind"] == "DestinationRule" and "BackendTLSPolicy/" in parents:
        policy = spec["trafficPolicy"]
        ports = {str(one["port"]["number"]): one["tls"] for one in policy.get("portLevelSettings", ())}
        return {
            "host": spec["host"].replace("domain.suffix", "cluster.local"),
            "tls": policy.get("tls"),
            "ports": ports,
        }
    return None


def cases(folder: Path) -> Iterator[Json]:
    for golden in sorted(folder.glob("*.yaml.golden")):
        name = golden.name.removesuffix(".yaml.golden")
        if not name.endswith(".status"):
            given = [one for one in documents(golden.with_suffix("")) if one["kind"] in KINDS]
            answers = [one for one in map(made, documents(golden)) if one is not None]
            if answers:
                yield {"name": name, "manifests": given, "made": answers}


def documents(path: Path) -> list[Json]:
    return [one for one in yaml.safe_load_all(path.read_text()) if one]


if __name__ == "__main__":
    KEPT.write_text(json.dumps(list(cases(testdata())), indent=1, default=datetime.isoformat) + "\n")
