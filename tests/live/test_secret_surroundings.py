"""Who keeps a Secret, who uses it and who may read it, on a real API server with the CRDs of cert-manager and Istio."""

import json
from collections.abc import Iterator

import pytest

from tests.live.program import Ran, run, run_as
from tests.live.test_inspect_secret import namespace, pair, secret
from tests.servers import crds
from tests.servers.api import ApiServer
from tests.servers.cluster import running_api_server
from tests.servers.etcd import Etcd

LONG_AGO = "2026-01-01T00:00:00Z"
_CERT_MANAGER = "cert-manager.io"
_MARKS = {
    f"{_CERT_MANAGER}/certificate-name": "partner",
    f"{_CERT_MANAGER}/issuer-name": "pki",
    f"{_CERT_MANAGER}/issuer-kind": "ClusterIssuer",
    f"{_CERT_MANAGER}/issuer-group": _CERT_MANAGER,
}


def thing(api: str, kind: str, name: str, where: str = "shop", labels: dict | None = None, **rest: object) -> dict:
    metadata = {"name": name, "labels": labels or {}} | ({"namespace": where} if where else {})
    return {"apiVersion": api, "kind": kind, "metadata": metadata, **rest}


def condition(kind: str, status: str, message: str = "x") -> dict:
    return {"type": kind, "status": status, "reason": "X", "message": message, "lastTransitionTime": LONG_AGO}


def proxy(name: str, where: str, role: str, labels: dict) -> dict:
    container = {"name": "istio-proxy", "image": "proxyv2", "args": ["proxy", role]}
    return thing("v1", "Pod", name, where, labels, spec={"serviceAccountName": name, "containers": [container]})


def rule(credential: str) -> dict:
    tls = {"mode": "MUTUAL", "credentialName": credential}
    spec = {"host": "api.partner.example", "workloadSelector": {"matchLabels": {"app": "cart"}}}
    return thing("networking.istio.io/v1", "DestinationRule", credential, spec={**spec, "trafficPolicy": {"tls": tls}})


def gateway(credential: str) -> dict:
    server = {"port": {"number": 443, "name": "https", "protocol": "HTTPS"}, "hosts": ["web.example"]}
    servers = [{**server, "tls": {"mode": "SIMPLE", "credentialName": credential}}]
    return thing("networking.istio.io/v1", "Gateway", "web", spec={"selector": {"app": "gate"}, "servers": servers})


def mounting(secret_name: str) -> dict:
    volumes = [{"name": "v", "secret": {"secretName": secret_name}}]
    spec = {"containers": [{"name": "app", "image": "app"}], "volumes": volumes}
    template = {"metadata": {"labels": {"app": "files"}}, "spec": spec}
    return thing(
        "apps/v1", "Deployment", "files", spec={"selector": {"matchLabels": {"app": "files"}}, "template": template}
    )


def certificate(*conditions: dict) -> dict:
    spec = {"secretName": "partner", "dnsNames": ["a.example"], "issuerRef": {"name": "pki", "kind": "ClusterIssuer"}}
    status = {"revision": 7, "renewalTime": "2030-01-01T00:00:00Z", "conditions": list(conditions)}
    return thing(f"{_CERT_MANAGER}/v1", "Certificate", "partner", spec=spec, status=status)


def issuer(ready: str, message: str) -> dict:
    status = {"conditions": [condition("Ready", ready, message)]}
    return thing(f"{_CERT_MANAGER}/v1", "ClusterIssuer", "pki", "", spec={"selfSigned": {}}, status=status)


def marked(manifest: dict) -> dict:
    manifest["metadata"]["annotations"] = dict(_MARKS)
    return manifest


def role_for(account: str) -> list[dict]:
    group = "rbac.authorization.k8s.io"
    rules = [{"apiGroups": [""], "resources": ["secrets"], "verbs": ["list"]}]
    subject = {"kind": "ServiceAccount", "name": account, "namespace": "shop"}
    reference = {"apiGroup": group, "kind": "Role", "name": "list-secrets"}
    return [
        thing(f"{group}/v1", "Role", "list-secrets", rules=rules),
        thing(f"{group}/v1", "RoleBinding", "list-secrets", roleRef=reference, subjects=[subject]),
    ]


BASE = (
    namespace("shop"),
    namespace("istio-ingress"),
    marked(secret("partner", pair())),
    secret("web", pair()),
    secret("partner-cert", pair()),
    rule("partner"),
    rule("partner-cert"),
    gateway("web"),
    mounting("partner"),
    proxy("cart", "shop", "sidecar", {"app": "cart"}),
    proxy("gate", "istio-ingress", "router", {"app": "gate"}),
    certificate(condition("Ready", "True")),
    issuer("True", "ready"),
)


@pytest.fixture(scope="module")
def server(etcd: Etcd) -> Iterator[ApiServer]:
    with running_api_server(etcd, "keepers", (crds.ISTIO, crds.CERT_MANAGER)) as server:
        yield server


@pytest.fixture
def shop(server: ApiServer) -> Iterator[ApiServer]:
    server.apply(BASE)
    yield server
    server.reset()


def inspect(server: ApiServer, *argv: str, user: str = "admin") -> Ran:
    return run_as(server, user, "shop", "inspect-secret", *argv)


def item(server: ApiServer, name: str, user: str = "admin") -> dict:
    ran = inspect(server, name, "-o", "json", user=user)
    assert ran.out, ran.err
    return json.loads(ran.out)["items"][0]


def codes(found: dict) -> set[str]:
    return {one["code"] for one in found["findings"]}


def test_who_keeps_it_is_one_line(shop: ApiServer) -> None:
    first = inspect(shop, "partner", "--at", "2029-12-29T00:00:00Z").out.splitlines()[0]
    assert "kept by cert-manager (certificate/partner, renews in 3d, revision 7, by clusterissuer/pki)" in first


def test_machines_get_owner_and_users(shop: ApiServer) -> None:
    found = item(shop, "partner")
    owner = found["owner"]
    assert (owner["manager"], owner["source"], owner["issuer"]) == (
        "cert-manager",
        "certificate/partner",
        "clusterissuer/pki",
    )
    assert (owner["certificate"]["revision"], owner["stuck"]) == (7, None)
    users = {(user["kind"], user["name"], user["field"], user["purpose"]) for user in found["users"]}
    assert users == {
        ("DestinationRule", "partner", "spec.trafficPolicy.tls.credentialName", "client certificate"),
        ("Deployment", "files", "spec.template.spec.volumes.0.secret.secretName", "in containers"),
    }


def test_why_it_is_stuck_is_found_on_the_issuer(shop: ApiServer) -> None:
    shop.apply([certificate(condition("Ready", "True"), condition("Issuing", "True")), issuer("False", "no key pair")])
    found = item(shop, "partner")
    assert found["owner"]["stuck"]["why"] == "issuer-not-ready"
    assert "MTLS345" in codes(found)
    assert "clusterissuer/pki should sign it and is not ready (no key pair)" in " ".join(
        inspect(shop, "partner").out.split()
    )


def test_a_list_reads_what_says_why_it_is_stuck(shop: ApiServer) -> None:
    shop.apply([certificate(condition("Ready", "True"), condition("Issuing", "True")), issuer("False", "no key pair")])
    answer = json.loads(inspect(shop, "-A", "-o", "json").out)
    stuck = {one["name"]: (one["owner"] or {}).get("stuck") for one in answer["items"]}
    assert stuck["partner"]["why"] == "issuer-not-ready"
    assert (stuck["web"], stuck["partner-cert"]) == (None, None)


def test_a_snapshot_without_keepers_accuses_nobody(shop: ApiServer) -> None:
    taken = run_as(shop, "admin", "shop", "snapshot").out.encode()
    answer = json.loads(run("inspect-secret", "-f", "-", "partner", "-o", "json", stdin=taken).out)
    assert answer["items"][0]["owner"]["stuck"] is None
    assert answer["items"][0]["owner"]["source"] == "certificate/partner"


def test_a_certificate_that_is_gone_renews_nothing(shop: ApiServer) -> None:
    shop.request("DELETE", f"/apis/{_CERT_MANAGER}/v1/namespaces/shop/certificates/partner").must()
    assert item(shop, "partner")["owner"]["stuck"]["why"] == "certificate-absent"


def test_the_api_server_says_who_may_read_it(shop: ApiServer) -> None:
    before = item(shop, "partner")
    shop.apply(role_for("cart"))
    after = item(shop, "partner")
    assert [before["users"][0]["workloads"][0]["mayRead"], after["users"][0]["workloads"][0]["mayRead"]] == [
        False,
        True,
    ]
    assert ("MTLS334" in codes(before), "MTLS334" in codes(after)) == (True, False)


def test_a_right_by_group_is_none_for_istiod(shop: ApiServer) -> None:
    group = {"kind": "Group", "name": "system:serviceaccounts:shop", "apiGroup": "rbac.authorization.k8s.io"}
    role, binding = role_for("cart")
    shop.apply([role, {**binding, "subjects": [group]}])
    assert item(shop, "partner")["users"][0]["workloads"][0]["mayRead"] is False


def test_a_secret_beside_the_gateway_object_is_not_where_its_pods_look(shop: ApiServer) -> None:
    found = item(shop, "web")
    assert codes(found) == {"MTLS333"}
    assert "istio-ingress" in found["findings"][0]["message"]
    shop.apply([secret("web", pair(), "istio-ingress")])
    assert item(shop, "web.istio-ingress")["users"][0]["workloads"][0]["workload"] == "pod/gate"


def test_who_may_ask_for_reviews_needs_no_roles(shop: ApiServer) -> None:
    found = item(shop, "partner-cert", user="secret-reader")
    assert found["users"][0]["workloads"][0]["mayRead"] is False
    assert found["verifies"] == {"client": True, "server": True}


def test_what_may_not_be_asked_is_not_known_and_said(shop: ApiServer) -> None:
    shop.apply(_only_the_secret("nobody"))
    ran = inspect(shop, "partner-cert", "-o", "json", user="nobody")
    answer = json.loads(ran.out)
    found = answer["items"][0]
    assert found["verifies"] == {"client": None, "server": None}
    assert found["users"] == []
    missing = {(gap["kind"], gap["name"]) for gap in answer["gaps"]}
    assert {("Secret", "partner-cert-cacert"), ("DestinationRule", None), ("Deployment", None)} <= missing
    assert "partner-cert-cacert would supply the CA" in inspect(shop, "partner-cert", user="nobody").out


def _only_the_secret(user: str) -> list[dict]:
    group = "rbac.authorization.k8s.io"
    rules = [{"apiGroups": [""], "resources": ["secrets"], "resourceNames": ["partner-cert"], "verbs": ["get"]}]
    reference = {"apiGroup": group, "kind": "Role", "name": "one-secret"}
    subject = {"apiGroup": group, "kind": "User", "name": user}
    return [
        thing(f"{group}/v1", "Role", "one-secret", rules=rules),
        thing(f"{group}/v1", "RoleBinding", "one-secret", roleRef=reference, subjects=[subject]),
    ]


def test_one_secret_costs_few_rounds(shop: ApiServer) -> None:
    asked = [line.split()[1] for line in inspect(shop, "partner", "-v", "6").err.splitlines() if line]
    assert asked.count("/apis") == 1
    assert len(asked) <= 20
    assert not [path for path in asked if path.endswith(("/certificaterequests", "/orders", "/challenges", "/roles"))]


def test_a_cluster_without_cert_manager_misses_nothing(bare_cluster: ApiServer) -> None:
    bare_cluster.apply([namespace("shop"), secret("partner", pair())])
    answer = json.loads(inspect(bare_cluster, "partner", "-o", "json").out)
    assert answer["gaps"] == []
    assert answer["items"][0]["owner"]["lastWrite"]["by"]
    bare_cluster.reset()
