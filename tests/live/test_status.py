"""`status` against a real API server: what is shown, to whom, and that files give the same answer."""

import json
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from examples.make_certificates import write_certificates
from tests.live.program import run, run_as
from tests.servers.api import ApiServer

Mesh = Callable[..., ApiServer]

SHOP = """
apiVersion: v1
kind: Namespace
metadata: {name: istio-system}
---
apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {istio-injection: enabled}}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: istio, namespace: istio-system}
data: {mesh: "trustDomain: example.org"}
---
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {name: default, namespace: istio-system}
spec: {mtls: {mode: STRICT}}
---
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {name: cart, namespace: shop}
spec:
  selector: {matchLabels: {app: cart}}
  mtls: {mode: PERMISSIVE}
---
apiVersion: v1
kind: Service
metadata: {name: cart, namespace: shop, labels: {app: cart}}
spec: {selector: {app: cart}, ports: [{name: http, port: 80, targetPort: 8080}]}
---
apiVersion: v1
kind: Service
metadata: {name: ledger, namespace: shop}
spec: {selector: {app: ledger}, ports: [{name: tcp, port: 5432}]}
---
apiVersion: v1
kind: Pod
metadata: {name: cart-0, namespace: shop, labels: {app: cart, security.istio.io/tlsMode: istio}}
spec:
  containers:
  - {name: app, image: "app:1", ports: [{containerPort: 8080}]}
  - {name: istio-proxy, image: "istio/proxyv2:1.31.0", args: [proxy, sidecar]}
status: {phase: Running, podIP: 10.1.0.1}
---
apiVersion: v1
kind: Pod
metadata: {name: ledger-0, namespace: shop, labels: {app: ledger, security.istio.io/tlsMode: istio}}
spec:
  containers:
  - {name: app, image: "app:1", ports: [{containerPort: 5432}]}
  - {name: istio-proxy, image: "istio/proxyv2:1.31.0", args: [proxy, sidecar]}
status: {phase: Running, podIP: 10.1.0.2}
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: cart-1, namespace: shop, labels: {kubernetes.io/service-name: cart}}
addressType: IPv4
ports: [{name: http, port: 8080, protocol: TCP}]
endpoints: [{addresses: [10.1.0.1], targetRef: {kind: Pod, name: cart-0, namespace: shop}}]
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: ledger-1, namespace: shop, labels: {kubernetes.io/service-name: ledger}}
addressType: IPv4
ports: [{name: tcp, port: 5432, protocol: TCP}]
endpoints: [{addresses: [10.1.0.2], targetRef: {kind: Pod, name: ledger-0, namespace: shop}}]
"""

DUMPED = (
    "namespaces,pods,services,endpointslices.discovery.k8s.io,configmaps,deployments.apps,"
    "mutatingwebhookconfigurations.admissionregistration.k8s.io,peerauthentications.security.istio.io,"
    "envoyfilters.networking.istio.io,destinationrules.networking.istio.io,serviceentries.networking.istio.io,"
    "sidecars.networking.istio.io,gateways.networking.istio.io"
)
EXAMPLES = ("shop", "shop-in-trouble")


def services(answer: str) -> dict[str, str]:
    rows = json.loads(answer)["services"]
    return {f"{row['service']}:{row['port']}": row["mode"] for row in rows if row["namespace"] == "shop"}


def test_modes_and_the_policies_behind_them(mesh: Mesh) -> None:
    ran = run_as(mesh(SHOP), "reader", "shop", "status", "-o", "json")
    assert ran.code == 0, ran.err
    assert services(ran.out) == {"cart:80": "PERMISSIVE", "ledger:5432": "STRICT"}
    answer = json.loads(ran.out)
    assert answer["revisions"][0]["trustDomain"] == "example.org"
    (cart, ledger) = (row["backends"][0]["decidedBy"] for row in answer["services"])
    assert (cart["name"], cart["field"]) == ("cart", "spec.mtls.mode")
    assert (ledger["namespace"], ledger["name"]) == ("istio-system", "default")
    assert cart["changed"]["by"]


def test_own_policy_is_certain_and_the_rest_unknown_with_rights_for_one_namespace(mesh: Mesh) -> None:
    ran = run_as(mesh(SHOP), "shop-only", "shop", "status", "-o", "json")
    assert ran.code == 0, ran.err
    assert services(ran.out) == {"cart:80": "PERMISSIVE", "ledger:5432": "UNKNOWN"}
    rules = {gap["missingRule"] for gap in json.loads(ran.out)["gaps"]}
    assert "list peerauthentications.security.istio.io in namespace istio-system" in rules
    assert "get configmaps/istio in namespace istio-system" in rules


def test_fail_on_with_a_gap_is_no_pass_unless_allowed(mesh: Mesh) -> None:
    server = mesh(SHOP.replace("mode: PERMISSIVE", "mode: STRICT"))
    assert run_as(server, "shop-only", "shop", "status", "--fail-on", "error").code == 3
    assert run_as(server, "shop-only", "shop", "status", "--fail-on", "error", "--allow-gaps").code == 0
    assert run_as(server, "reader", "shop", "status", "--fail-on", "error").code == 0


def test_without_any_right_the_missing_rules_are_named_and_the_code_is_3(mesh: Mesh) -> None:
    ran = run_as(mesh(SHOP), "nobody", "shop", "status")
    assert (ran.code, ran.out) == (3, "")
    assert "may not list services in namespace shop" in ran.err
    assert "list peerauthentications.security.istio.io" in ran.err


PLAIN = """
---
apiVersion: v1
kind: Namespace
metadata: {name: front, labels: {istio-injection: enabled}}
---
apiVersion: v1
kind: Pod
metadata: {name: web-0, namespace: front, labels: {app: web, security.istio.io/tlsMode: istio}}
spec:
  serviceAccountName: default
  containers:
  - {name: app, image: "app:1"}
  - {name: istio-proxy, image: "istio/proxyv2:1.31.0", args: [proxy, sidecar]}
status: {phase: Running, podIP: 10.1.0.3}
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: ledger-plain, namespace: front}
spec: {host: ledger.shop.svc.cluster.local, trafficPolicy: {tls: {mode: DISABLE}}}
"""


def ledger(answer: str) -> Any:
    return next(row for row in json.loads(answer)["services"] if row["service"] == "ledger")


def test_the_rule_that_fails_a_client_is_named_with_its_last_change(mesh: Mesh) -> None:
    ran = run_as(mesh(SHOP + PLAIN), "reader", "shop", "status", "-A", "-o", "json", "--changed-within", "1h")
    assert ran.code == 0, ran.err
    row = ledger(ran.out)
    assert (row["result"], row["clients"]["byResult"]) == ("FAILS", {"mTLS": 2, "FAILS": 1})
    decided = row["resultDecidedBy"]
    assert (decided["kind"], decided["name"], decided["value"]) == ("DestinationRule", "ledger-plain", "DISABLE")
    assert decided["changed"]["by"]
    changes = {one["object"]["name"]: one["field"] for one in json.loads(ran.out)["changes"]}
    assert changes["ledger-plain"] == "spec.trafficPolicy.tls.mode"
    assert changes["default"] == "spec.mtls.mode"


def test_clients_of_another_namespace_are_read_when_they_are_named(mesh: Mesh) -> None:
    ran = run_as(mesh(SHOP + PLAIN), "reader", "shop", "status", "--from", "pod/web-0.front", "-o", "json")
    assert ran.code == 0, ran.err
    assert (ledger(ran.out)["result"], ledger(ran.out)["clients"]["workloads"]) == ("FAILS", 1)
    assert {row["namespace"] for row in json.loads(ran.out)["services"]} == {"shop"}


def test_a_result_behind_unreadable_rules_is_unknown_and_the_mode_is_not(mesh: Mesh) -> None:
    ran = run_as(mesh(SHOP), "shop-only", "shop", "status")
    (cart,) = [line for line in ran.out.splitlines() if line.startswith("cart ")]
    assert cart.split()[3:8] == ["PERMISSIVE", "2", "mTLS", "-", "UNKNOWN"]
    gaps = ran.out[ran.out.index("NOT READ") :].splitlines()
    assert sum("sidecars" in line for line in gaps) >= 1
    assert len(gaps) == len(set(gaps))


def test_a_cluster_without_istio_says_how_we_looked(bare_cluster: ApiServer) -> None:
    ran = run_as(bare_cluster, "admin", "default", "status")
    assert (ran.code, ran.out) == (3, "")
    assert "peerauthentications.security.istio.io" in ran.err
    assert "istio-system" in ran.err


def test_an_absent_api_server_is_one_sentence_and_code_3(tmp_path: Path) -> None:
    config = tmp_path / "config"
    config.write_text(
        "{apiVersion: v1, kind: Config, current-context: a, contexts: [{name: a, context: {cluster: a, user: a}}],"
        " clusters: [{name: a, cluster: {server: 'https://127.0.0.1:1'}}], users: [{name: a, user: {token: t}}]}"
    )
    ran = run("status", environ={"KUBECONFIG": str(config)})
    assert (ran.code, ran.out) == (3, "")
    assert "127.0.0.1:1" in ran.err
    assert "Traceback" not in ran.err


def test_the_mesh_signing_key_is_read_only_when_asked_for(mesh: Mesh) -> None:
    server = mesh(SHOP)
    unasked = run_as(server, "operator", "shop", "status", "-v", "6")
    assert "secrets" not in unasked.err
    asked = run_as(server, "admin", "shop", "status", "-v", "6", "--read-ca")
    assert "/api/v1/namespaces/istio-system/secrets/cacerts" in asked.err


def dump(server: ApiServer, kubectl: Path, output: str) -> str:
    arguments = [str(kubectl), "get", DUMPED, "-A", "-o", output, "--kubeconfig", str(server.kubeconfig("admin"))]
    return subprocess.run(arguments, check=True, capture_output=True, text=True).stdout


_TOLD = ("origin", "changed", "reason", "resultReason", "noProxy")


def comparable(answer: str) -> Any:
    """An answer without what only one side can know: places in files, times and managers of the API server.

    A dump without Secrets does not tell which are missing, and istiod has no pod but in files, where one is assumed.
    """

    def strip(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: strip(child) for key, child in value.items() if key not in _TOLD}
        return [strip(child) for child in value] if isinstance(value, list) else value

    found = strip(json.loads(answer))
    own = ("kubernetes",)
    found["services"] = [row for row in found["services"] if row["service"] not in own]
    del found["findings"], found["credentials"]
    for row in found["egress"]:
        del row["result"]
    return found


@pytest.mark.parametrize("output", ["yaml", "json"])
@pytest.mark.parametrize("example", ["", *EXAMPLES])
def test_a_dump_gives_the_same_answer_as_the_cluster(
    mesh: Mesh, kubectl: Path, tmp_path: Path, example: str, output: str
) -> None:
    server = mesh(example or SHOP)
    dumped = tmp_path / f"dump.{output}"
    dumped.write_text(dump(server, kubectl, output))
    live = run_as(server, "admin", "shop", "status", "-A", "-o", "json")
    offline = run("status", "-f", str(dumped), "-o", "json")
    assert (live.code, offline.code) == (0, 0), live.err + offline.err
    assert comparable(live.out) == comparable(offline.out)
    assert len(comparable(live.out)["services"]) >= 1


def test_manifests_give_the_same_modes_as_the_cluster_they_were_applied_to(mesh: Mesh, tmp_path: Path) -> None:
    written = tmp_path / "shop.yaml"
    written.write_text(SHOP)
    live = run_as(mesh(SHOP), "admin", "shop", "status", "-o", "json")
    offline = run("status", "-f", str(written), "-n", "shop", "-o", "json")
    assert services(live.out) == services(offline.out)
    assert len(list(yaml.safe_load_all(SHOP))) > len(services(live.out)) > 1


def test_what_may_not_be_read_is_never_stated_as_a_fact(mesh: Mesh) -> None:
    ran = run_as(mesh(SHOP), "shop-only", "shop", "status")
    assert "istiod not readable" in ran.out
    assert "MeshConfig not readable" in ran.out
    assert "peerauthentication/cart, changed" in ran.out
    assert "unless an EnvoyFilter that is not readable says otherwise" in ran.out
    assert "told by its root" not in ran.out


def test_the_root_of_one_namespace_is_not_taken_for_the_root_in_use(mesh: Mesh, tmp_path: Path) -> None:
    write_certificates(tmp_path, datetime.now(UTC))
    server = mesh("shop-in-trouble", tmp_path / "shop-in-trouble")
    ran = run_as(server, "shop-only", "shop", "status")
    assert "root in use not readable (other copies, not compared: 1)" in ran.out
    assert "MTLS401" in run_as(server, "reader", "shop", "status").out


def test_a_namespace_that_is_not_there_has_no_answer(mesh: Mesh) -> None:
    server = mesh(SHOP)
    for asked in (("-n", "typo"), ("ns/typo",)):
        ran = run_as(server, "reader", "shop", "status", "--fail-on", "error", *asked)
        assert (ran.code, ran.out) == (2, "")
        assert ran.err == "error: namespace/typo: not found in the cluster\n"


CANARY = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: istiod-canary, namespace: istio-system, labels: {app: istiod, istio.io/rev: canary}}
spec:
  selector: {matchLabels: {app: istiod}}
  template:
    metadata: {labels: {app: istiod}}
    spec: {containers: [{name: discovery, image: "istio/pilot:1.31.0"}]}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: istio-canary, namespace: istio-system}
data: {mesh: "rootNamespace: shop"}
---
"""


def test_a_revision_behind_unreadable_deployments_is_unknown(mesh: Mesh) -> None:
    labels = "name: ledger-0, namespace: shop, labels: {app: ledger, istio.io/rev: canary"
    server = mesh(CANARY + SHOP.replace("name: ledger-0, namespace: shop, labels: {app: ledger", labels, 1))
    rights = {
        "": ["namespaces", "pods", "services", "configmaps"],
        "discovery.k8s.io": ["endpointslices"],
        "security.istio.io": ["peerauthentications"],
        "networking.istio.io": ["envoyfilters", "destinationrules"],
        "admissionregistration.k8s.io": ["mutatingwebhookconfigurations"],
    }
    role = {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "ClusterRole",
        "metadata": {"name": "minus-deployments"},
        "rules": [{"apiGroups": [group], "resources": kinds, "verbs": ["*"]} for group, kinds in rights.items()],
    }
    binding = {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "ClusterRoleBinding",
        "metadata": {"name": "minus-deployments"},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "minus-deployments"},
        "subjects": [{"kind": "User", "name": "blinkered", "apiGroup": "rbac.authorization.k8s.io"}],
    }
    server.apply([role, binding])
    blind = run_as(server, "admin", "shop", "status", "-o", "json", "--as", "blinkered")
    assert services(run_as(server, "reader", "shop", "status", "-o", "json").out)["ledger:5432"] == "PERMISSIVE"
    assert services(blind.out)["ledger:5432"] == "UNKNOWN"
    version = run_as(server, "admin", "shop", "version", "--as", "blinkered")
    assert "istiod: not readable" in version.out


@pytest.mark.parametrize("command", ["check", "snapshot"])
def test_no_other_command_answers_for_a_namespace_that_is_not_there(mesh: Mesh, command: str) -> None:
    ran = run_as(mesh(SHOP), "reader", "shop", command, "-n", "typo")
    assert (ran.code, ran.out, ran.err) == (2, "", "error: namespace/typo: not found in the cluster\n")


def test_printing_with_a_server_dry_run_asks_the_server(mesh: Mesh) -> None:
    server = mesh(SHOP)
    asked = ("switch-mode", "ns/shop", "--to", "DISABLE", "--dry-run=server", "-o", "json")
    refused = run_as(server, "reader", "shop", *asked)
    assert (refused.code, refused.out) == (3, "")
    assert "may not create" in refused.err
    assert json.loads(run_as(server, "operator", "shop", *asked).out)["spec"]["mtls"]["mode"] == "DISABLE"
