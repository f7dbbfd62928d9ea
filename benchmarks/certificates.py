"""`python -m benchmarks.certificates`: how fast are certificates judged, as files and one Secret of a cluster?

Prints numbers, passes or fails nothing: 10,000 certificates in 500 Secrets and bundles, with everything about each of
them as JSON, on one core; and one Secret with its surroundings on an API server with a mesh.
"""

import base64
import json
import sys
import tempfile
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.cluster import running_mesh
from benchmarks.measure import Cost, median, run_once
from benchmarks.mesh import Size
from kubectl_mtls.certs.issue import Issued, issue, issue_intermediate, issue_root

RUNS = 5
_CERTIFICATES = 10_000
_SECRETS = 450
_BUNDLES = 50
_PER_SECRET = 3  # leaf, issuing CA, root
_SECRETS_PER_CA = 10
_COMMAND = (Path(sys.executable).with_name("kubectl-mtls"), "inspect-secret")
_ENDINGS = (0, 1)  # on the cluster nobody may read the Secret, which is an error of it
_NAMESPACE = "team-000"

Manifest = dict[str, Any]


def main() -> None:
    """Measure and print."""
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump({"apiVersion": "v1", "kind": "List", "items": [*_secrets(), *_bundles()]}, file)
        file.flush()
        offline = _measured(("-f", file.name, "-o", "json"), {})
    print(f"{_CERTIFICATES:,} certificates in {_SECRETS + _BUNDLES} Secrets and bundles, as files: {_written(offline)}")
    print(f"  {_CERTIFICATES / offline.processor:,.0f} certificates a second of processor time, start-up included")
    size = Size(200)
    with running_mesh(size) as server:
        server.apply([_secret("partner-cert", issue_root(datetime.now(UTC))), _rule("partner-cert")])
        live = _measured(("partner-cert", "-n", _NAMESPACE), {"KUBECONFIG": str(server.kubeconfig())})
    print(f"one Secret with its surroundings, on a cluster of {size}: {_written(live)}")


def _measured(flags: tuple[str, ...], environ: Mapping[str, str]) -> Cost:
    costs = [run_once((*_COMMAND, *flags), environ, _ENDINGS) for _ in range(RUNS + 1)]
    return median(costs[1:])


def _written(cost: Cost) -> str:
    return f"wall {cost.wall:.2f} s, processor {cost.processor:.2f} s, peak {cost.peak:.0f} MiB"


def _secrets() -> Iterator[Manifest]:
    now = datetime.now(UTC)
    roots = [issue_root(now, f"Root {number}") for number in range(_SECRETS // _SECRETS_PER_CA)]
    for number in range(_SECRETS):
        yield _secret(f"credential-{number:03}", roots[number // _SECRETS_PER_CA])


def _secret(name: str, root: Issued) -> Manifest:
    """A pair with an issuing CA of its own and its root."""
    now = datetime.now(UTC)
    leaf = issue(name, now, issue_intermediate(now, root, f"Issuer of {name}"), sans=(f"DNS:{name}.example",))
    values = {"tls.crt": leaf.chain_pem, "tls.key": leaf.key_pem(), "ca.crt": root.pem}
    data = {key: base64.b64encode(value).decode() for key, value in values.items()}
    return _object("v1", "Secret", name, type="kubernetes.io/tls", data=data)


def _bundles() -> Iterator[Manifest]:
    now, size = datetime.now(UTC), (_CERTIFICATES - _PER_SECRET * _SECRETS) // _BUNDLES
    for number in range(_BUNDLES):
        text = b"".join(issue_root(now, f"Public Root {number}.{one}").pem for one in range(size))
        yield _object("v1", "ConfigMap", f"bundle-{number:02}", data={"ca-certificates.crt": text.decode()})


def _rule(credential: str) -> Manifest:
    tls = {"mode": "MUTUAL", "credentialName": credential}
    spec = {"host": "api.partner.example", "workloadSelector": {"matchLabels": {"app": "service-00001"}}}
    return _object(
        "networking.istio.io/v1", "DestinationRule", credential, spec={**spec, "trafficPolicy": {"tls": tls}}
    )


def _object(api: str, kind: str, name: str, **rest: object) -> Manifest:
    return {"apiVersion": api, "kind": kind, "metadata": {"name": name, "namespace": _NAMESPACE}, **rest}


if __name__ == "__main__":
    main()
