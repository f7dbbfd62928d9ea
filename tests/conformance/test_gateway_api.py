"""What istiod makes of Gateway API objects, compared with the answers of Istio's own tests.

gateway_api/cases.json is what gateway_api/collect.py keeps of them. Istio's tests have Secrets and ConfigMaps that are
not in the manifests; where one of those is missing or damaged istiod leaves the listener out, which nothing here sees.
"""

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from kubectl_mtls.model.assembly import build_snapshot
from kubectl_mtls.model.destination_rule import ClientTLS
from kubectl_mtls.model.origin import ApiOrigin
from kubectl_mtls.model.reading import Document, Reading
from kubectl_mtls.model.snapshot import Snapshot
from kubectl_mtls.posture.client.backend_policies import resolve_backend_rules
from kubectl_mtls.posture.connection.gateways import resolve_gateways

FILE = Path(__file__).parent / "gateway_api" / "cases.json"
BACKENDS = ("echo", "httpbin", "foo-svc", "httpbin-other", "httpbin-second")
WITHOUT_SECRET = {
    "invalid-frontend-ca-ref/https.istio-system",
    "invalid-cert-malformed/default.istio-system",
    "invalid-cert-notfound/default.istio-system",
    "invalid-frontendvalidation-nonexistent/default.istio-system",
    "parent-gateway/parent.istio-system",
}
WITHOUT_CONFIG_MAP = {"httpbin-other.default.svc.cluster.local", "httpbin-second.default.svc.cluster.local"}


@cache
def cases() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(FILE.read_text())
    return found


def snapshot_of(case: dict[str, Any]) -> Snapshot:
    services = [
        {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": {"name": name, "namespace": "default"},
            "spec": {"ports": [{"name": "http", "port": 80}]},
        }
        for name in BACKENDS
    ]
    manifests = (*services, *case["manifests"])
    return build_snapshot(Reading(tuple(Document(one, ApiOrigin()) for one in manifests)), live=True)


def listeners(snapshot: Snapshot) -> dict[str, tuple[Any, ...]]:
    by_ref = {one.metadata.ref: one for one in snapshot.kubernetes_gateways}
    found = {}
    for gateway in resolve_gateways(snapshot):
        metadata, (server,) = gateway.metadata, gateway.servers
        listener = by_ref[metadata.ref].listeners[int(server.field.split(".")[2])]
        key = f"{metadata.name}/{listener.name}.{metadata.namespace}"
        services = sorted(f"{name}.{namespace}" for namespace, name in gateway.services or ())
        credentials = sorted(one.name for one in gateway.credentials)
        shown = (server.port, server.protocol, server.hosts[0], server.tls_mode, server.builtin, credentials, services)
        if services and key not in WITHOUT_SECRET:
            found[key] = shown
    return found


def expected(one: dict[str, Any]) -> tuple[Any, ...]:
    tls = one["tls"]
    mode = None if tls is None else tls.get("mode", "PASSTHROUGH")
    named = [
        *([] if tls is None else tls.get("credentialNames", [])),
        *(tls[key] for key in ("credentialName", "caCertCredentialName") if tls and key in tls),
    ]
    credentials = sorted(name.removesuffix("-cacert") for name in named if name != "builtin://")
    namespace = one["listener"].rpartition(".")[2]
    known = (name.removesuffix(".svc.domain.suffix") for name in one["services"].split(","))
    services = sorted(name for name in known if name.endswith(f".{namespace}"))
    return (one["port"], one["protocol"], one["host"], mode, "builtin://" in named, credentials, services)


@pytest.mark.parametrize("case", cases(), ids=[one["name"] for one in cases()])
def test_listeners_become_the_servers_that_istiod_makes(case: dict[str, Any]) -> None:
    wanted = {one["listener"]: expected(one) for one in case["made"] if "listener" in one}
    assert listeners(snapshot_of(case)) == {name: one for name, one in wanted.items() if one[-1]}


def block(tls: ClientTLS | None) -> dict[str, Any] | None:
    if tls is None:
        return None
    found: dict[str, Any] = {"mode": tls.mode.value, "sni": tls.sni}
    if tls.credential_name:
        found["credentialName"] = tls.credential_name
    return {**found, "subjectAltNames": list(tls.subject_alt_names)} if tls.subject_alt_names else found


@pytest.mark.parametrize("case", cases(), ids=[one["name"] for one in cases()])
def test_policies_become_the_rules_that_istiod_makes(case: dict[str, Any]) -> None:
    found = {
        rule.full_host: (block(rule.policy.tls), {str(one.port): block(one.tls) for one in rule.policy.ports})
        for rule in resolve_backend_rules(snapshot_of(case))
        if rule.policy is not None and rule.full_host not in WITHOUT_CONFIG_MAP
    }
    wanted = {one["host"]: (one["tls"], one["ports"]) for one in case["made"] if "listener" not in one}
    assert found == {host: one for host, one in wanted.items() if host not in WITHOUT_CONFIG_MAP}


def test_there_are_cases_of_both_kinds() -> None:
    made = [one for case in cases() for one in case["made"]]
    assert sum("listener" in one for one in made) > 90
    assert sum("listener" not in one for one in made) > 8
