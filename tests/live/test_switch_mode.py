"""`switch-mode` against a real API server: what is written, what is refused, what happens to others' edits."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import yaml

from tests.live.program import Ran, run, run_as
from tests.live.terminal import answer_as
from tests.servers.api import ApiServer
from tests.servers.client import MERGE
from tests.servers.process import wait_until

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
data: {mesh: ""}
---
apiVersion: v1
kind: Service
metadata: {name: cart, namespace: shop}
spec: {selector: {app: cart}, ports: [{name: http, port: 80, targetPort: 8080}]}
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
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: cart-1, namespace: shop, labels: {kubernetes.io/service-name: cart}}
addressType: IPv4
ports: [{name: http, port: 8080, protocol: TCP}]
endpoints: [{addresses: [10.1.0.1], conditions: {ready: true}, targetRef: {kind: Pod, name: cart-0, namespace: shop}}]
"""

PERMISSIVE = """
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {name: default, namespace: shop}
spec: {mtls: {mode: PERMISSIVE}}
"""

BATCH = """
apiVersion: v1
kind: Pod
metadata: {name: nightly, namespace: batch}
spec: {containers: [{name: app, image: "app:1"}]}
"""

PLAIN = """
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: cart, namespace: shop}
spec: {host: cart, trafficPolicy: {tls: {mode: DISABLE}}}
"""

CALLED = """
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata: {name: cart}
webhooks:
- name: cart.shop.example
  clientConfig: {service: {namespace: shop, name: cart, port: 80}}
  admissionReviewVersions: [v1]
  sideEffects: None
  rules: [{apiGroups: [shop.example], apiVersions: ["*"], operations: [CREATE], resources: [carts]}]
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: web, namespace: shop}
spec: {defaultBackend: {service: {name: cart, port: {name: http}}}}
"""

RULE = """
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: partner, namespace: shop}
spec:
  host: api.partner.example
  trafficPolicy: {tls: {mode: SIMPLE, sni: api.partner.example}}
"""

REFUSING = """
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {name: no-strict}
spec:
  failurePolicy: Fail
  matchConstraints:
    resourceRules:
    - apiGroups: [security.istio.io]
      apiVersions: ["*"]
      operations: [CREATE, UPDATE]
      resources: [peerauthentications]
  validations: [{expression: "object.spec.mtls.mode != 'STRICT'", message: "STRICT is for Sundays"}]
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata: {name: no-strict}
spec: {policyName: no-strict, validationActions: [Deny]}
"""

POLICIES = "/apis/security.istio.io/v1/namespaces/shop/peerauthentications"
RULES = "/apis/networking.istio.io/v1/namespaces/shop/destinationrules"
UNDO = "kubectl-mtls/undo"


def policy(server: ApiServer, name: str = "default") -> dict[str, Any] | None:
    answer = server.request("GET", f"{POLICIES}/{name}")
    return answer.must() if answer.status != 404 else None


def mode(server: ApiServer, name: str = "default") -> str | None:
    found = policy(server, name)
    return found["spec"].get("mtls", {}).get("mode") if found else None


def edit(server: ApiServer, patch: dict[str, Any], path: str = f"{POLICIES}/default") -> None:
    server.request("PATCH", path, patch, content_type=MERGE).must()


def switch(server: ApiServer, *argv: str, user: str = "operator", namespace: str = "shop") -> Ran:
    return run_as(server, user, namespace, "switch-mode", *argv)


def test_namespace_becomes_strict_and_comes_back(mesh: Mesh):
    server = mesh(SHOP, PERMISSIVE)
    ran = switch(server, "ns/shop", "--to", "STRICT", "--yes", user="admin")
    assert ran.code == 0, ran
    assert "CHANGE  peerauthentication/default -n shop   spec.mtls.mode: PERMISSIVE -> STRICT" in ran.out
    assert "EFFECT  1 of 1 service port changes" in ran.out
    assert ran.out.endswith("peerauthentication.security.istio.io/default patched\n")
    assert "undo: kubectl mtls switch-mode pa/default --undo -n shop" in ran.err
    assert mode(server) == "STRICT"
    managers = {entry["manager"] for entry in policy(server)["metadata"]["managedFields"]}
    assert "kubectl-mtls" in managers

    back = switch(server, "pa/default", "--undo", "--yes", user="operator")
    assert back.code == 0, back
    assert mode(server) == "PERMISSIVE"
    assert UNDO not in policy(server)["metadata"].get("annotations", {})


def test_namespace_without_policy_gets_one_named_default_and_undo_deletes_it(mesh: Mesh):
    server = mesh(SHOP)
    ran = switch(server, "ns/shop", "--to", "STRICT", "--yes")
    assert (ran.code, mode(server)) == (0, "STRICT"), ran
    assert "peerauthentication.security.istio.io/default created" in ran.out
    back = switch(server, "ns/shop", "--undo", "--yes")
    assert (back.code, policy(server)) == (0, None), back
    assert "peerauthentication.security.istio.io/default deleted" in back.out


def test_mesh_policy_is_made_in_the_root_namespace(mesh: Mesh):
    server = mesh(SHOP)
    ran = switch(server, "mesh", "--to", "STRICT", "--yes")
    assert ran.code == 0, ran
    assert "CHANGE  peerauthentication/default -n istio-system   is created" in ran.out
    assert "cart" in ran.out
    again = switch(server, "ns/istio-system", "--to", "STRICT", "--yes")
    assert again.code == 0
    assert "ns/istio-system is the same as mesh" in again.out
    assert "nothing to change" in again.out


def test_nothing_to_change_is_said_and_nothing_is_written(mesh: Mesh):
    server = mesh(SHOP, PERMISSIVE)
    before = policy(server)["metadata"]["resourceVersion"]
    ran = switch(server, "ns/shop", "--to", "PERMISSIVE")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out == "NOTE    peerauthentication/default -n shop is PERMISSIVE already\nnothing to change\n"
    assert policy(server)["metadata"]["resourceVersion"] == before


def test_workloads_without_proxy_are_an_objection_until_accepted(mesh: Mesh):
    server = mesh(SHOP, PERMISSIVE, BATCH)
    refused = switch(server, "ns/shop", "--to", "STRICT", "--yes")
    assert refused.code == 4
    assert "MTLS701  clients-without-proxy  workloads without a proxy may call, by namespace: batch (1)" in refused.out
    assert "--accept MTLS701" in refused.err
    dry = switch(server, "ns/shop", "--to", "STRICT", "--dry-run", "server")
    assert dry.code == 4
    assert mode(server) == "PERMISSIVE"
    accepted = switch(server, "ns/shop", "--to", "STRICT", "--yes", "--accept", "MTLS701")
    assert (accepted.code, mode(server)) == (0, "STRICT")


@pytest.mark.parametrize(("how", "suffix"), [("client", "(dry run)"), ("server", "(server dry run)")])
def test_dry_runs_write_nothing(mesh: Mesh, how: str, suffix: str):
    server = mesh(SHOP, PERMISSIVE)
    before = policy(server)
    ran = switch(server, "ns/shop", "--to", "STRICT", "--dry-run", how)
    assert ran.code == 0, ran
    assert ran.out.endswith(f"peerauthentication.security.istio.io/default patched {suffix}\n")
    assert policy(server) == before


def test_without_terminal_and_without_yes_nothing_is_written(mesh: Mesh):
    server = mesh(SHOP, PERMISSIVE)
    before = policy(server)
    ran = switch(server, "ns/shop", "--to", "STRICT")
    assert ran.code == 4
    assert "there is no terminal to ask on" in ran.err
    assert policy(server) == before


@pytest.mark.parametrize(
    ("answer", "code", "after"), [("y", 0, "STRICT"), ("n", 4, "PERMISSIVE"), ("", 4, "PERMISSIVE")]
)
def test_person_at_the_terminal_decides(mesh: Mesh, answer: str, code: int, after: str):
    server = mesh(SHOP, PERMISSIVE)
    ran = answer_as(server, "operator", "shop", "switch-mode", "ns/shop", "--to", "STRICT", answer=answer)
    assert (ran.code, mode(server)) == (code, after), ran
    assert "Write this? [y/N]" in ran.err


def test_edit_of_another_field_between_plan_and_write_is_kept(mesh: Mesh):
    server = mesh(SHOP, PERMISSIVE)
    ran = answer_as(
        server, "operator", "shop", "switch-mode", "ns/shop", "--to", "STRICT", answer="y",
        before=lambda: edit(server, {"metadata": {"labels": {"team": "shop"}}}),
    )  # fmt: skip
    assert ran.code == 0, ran
    assert mode(server) == "STRICT"
    assert policy(server)["metadata"]["labels"] == {"team": "shop"}


def test_edit_of_the_same_field_between_plan_and_write_stops_the_write(mesh: Mesh):
    server = mesh(SHOP, PERMISSIVE)
    ran = answer_as(
        server, "operator", "shop", "switch-mode", "ns/shop", "--to", "STRICT", answer="y",
        before=lambda: edit(server, {"spec": {"mtls": {"mode": "DISABLE"}}}),
    )  # fmt: skip
    assert ran.code == 4, ran
    assert "spec.mtls.mode: DISABLE -> STRICT" in ran.out
    assert "something changed between plan and write, so nothing was written" in ran.err
    assert mode(server) == "DISABLE"


def test_object_deleted_between_plan_and_write_is_not_made_anew(mesh: Mesh):
    server = mesh(SHOP, PERMISSIVE)
    ran = answer_as(
        server, "operator", "shop", "switch-mode", "pa/default", "--to", "STRICT", answer="y",
        before=lambda: server.request("DELETE", f"{POLICIES}/default").must(),
    )  # fmt: skip
    assert ran.code == 4, ran
    assert "nothing was written" in ran.err
    assert policy(server) is None


def test_older_policy_that_somebody_makes_meanwhile_is_noticed(mesh: Mesh):
    server = mesh(SHOP)
    theirs = {
        "apiVersion": "security.istio.io/v1",
        "kind": "PeerAuthentication",
        "metadata": {"name": "a-policy"},
        "spec": {"mtls": {"mode": "PERMISSIVE"}},
    }
    ran = answer_as(
        server, "operator", "shop", "switch-mode", "ns/shop", "--to", "STRICT", answer="y",
        before=lambda: server.request("POST", POLICIES, theirs).must(),
    )  # fmt: skip
    assert ran.code == 4, ran
    assert "another one that is older decides" in ran.err
    again = switch(server, "ns/shop", "--to", "STRICT", "--yes")
    assert (again.code, mode(server, "a-policy")) == (0, "STRICT")


@pytest.fixture
def refusing(mesh: Mesh) -> Iterator[ApiServer]:
    """STRICT is refused. Admission policies come into force, and go out of it, a moment after they are written."""
    server = mesh(SHOP, PERMISSIVE, REFUSING)
    wait_until(lambda: _strict_is_refused(server), lambda: "the admission policy never comes into force")
    yield server
    for kind in ("validatingadmissionpolicybindings", "validatingadmissionpolicies"):
        server.request("DELETE", f"/apis/admissionregistration.k8s.io/v1/{kind}/no-strict").must()
    wait_until(lambda: not _strict_is_refused(server), lambda: "the admission policy stays in force")


def _strict_is_refused(server: ApiServer) -> bool:
    probe = {"spec": {"mtls": {"mode": "STRICT"}}}
    return not server.request("PATCH", f"{POLICIES}/default?dryRun=All", probe, content_type=MERGE).ok


def test_admission_rejection_is_told_in_its_own_words_before_anybody_is_asked(refusing: ApiServer):
    ran = switch(refusing, "ns/shop", "--to", "STRICT")
    assert ran.code == 4, ran
    assert "STRICT is for Sundays" in ran.err
    assert mode(refusing) == "PERMISSIVE"


def test_reader_is_told_the_missing_rule(mesh: Mesh):
    server = mesh(SHOP, PERMISSIVE)
    ran = switch(server, "ns/shop", "--to", "STRICT", "--yes", user="reader")
    assert ran.code == 3, ran
    assert "reader may not patch peerauthentications.security.istio.io/default in namespace shop" in ran.err
    assert mode(server) == "PERMISSIVE"


def test_who_sees_nothing_is_told_the_missing_rule(mesh: Mesh):
    server = mesh(SHOP, PERMISSIVE)
    ran = switch(server, "ns/shop", "--to", "STRICT", "--yes", user="nobody")
    assert ran.code == 3, ran
    assert "missing RBAC rule: list peerauthentications.security.istio.io in namespace shop" in ran.err


def test_argo_cd_is_named_and_the_way_by_git_too(mesh: Mesh):
    server = mesh(
        SHOP, PERMISSIVE.replace("namespace: shop", "namespace: shop, labels: {argocd.argoproj.io/instance: x}")
    )
    ran = switch(server, "ns/shop", "--to", "STRICT", "--yes")
    assert ran.code == 0, ran
    assert "kept by Argo CD (label argocd.argoproj.io/instance): it will revert this" in ran.out


def test_cluster_without_istio_is_told(bare_cluster: ApiServer):
    ran = run_as(bare_cluster, "admin", "default", "switch-mode", "mesh", "--to", "STRICT")
    assert (ran.code, "no Istio in this cluster" in ran.err) == (3, True), ran


def test_who_sees_one_namespace_only_is_told_what_was_not_looked_at(mesh: Mesh):
    server = mesh(SHOP, PERMISSIVE)
    ran = switch(server, "ns/shop", "--to", "STRICT", "--dry-run", "client", user="shop-only")
    assert ran.code == 4, ran
    assert "only namespace shop could be looked at for workloads without a proxy" in ran.out
    assert "spec.mtls.mode: PERMISSIVE -> STRICT" in ran.out


def test_undo_is_refused_after_a_later_edit(mesh: Mesh):
    server = mesh(SHOP, PERMISSIVE)
    assert switch(server, "ns/shop", "--to", "STRICT", "--yes").code == 0
    edit(server, {"spec": {"mtls": {"mode": "DISABLE"}}})
    ran = switch(server, "pa/default", "--undo", "--yes")
    assert ran.code == 4, ran
    assert "somebody changed spec.mtls.mode of peerauthentication/default -n shop later" in ran.err
    assert mode(server) == "DISABLE"


def test_undo_keeps_edits_of_other_fields(mesh: Mesh):
    server = mesh(SHOP, PERMISSIVE)
    assert switch(server, "ns/shop", "--to", "STRICT", "--yes").code == 0
    edit(server, {"metadata": {"labels": {"team": "shop"}}})
    assert switch(server, "pa/default", "--undo", "--yes").code == 0
    assert mode(server) == "PERMISSIVE"
    assert policy(server)["metadata"]["labels"] == {"team": "shop"}


def test_second_change_says_that_it_replaces_the_undo_record(mesh: Mesh):
    server = mesh(SHOP, PERMISSIVE)
    assert switch(server, "ns/shop", "--to", "STRICT", "--yes").code == 0
    ran = switch(server, "ns/shop", "--to", "UNSET", "--yes")
    assert "holds the undo record of an earlier change: it is replaced" in ran.out
    assert switch(server, "ns/shop", "--undo", "--yes").code == 0
    assert mode(server) == "STRICT"
    assert switch(server, "ns/shop", "--undo", "--yes").code == 4


def test_rule_for_a_host_that_nobody_knows_touches_no_connection(mesh: Mesh):
    server = mesh(SHOP, RULE)
    argv = ("dr/partner", "--to", "MUTUAL", "--credential", "partner-cert", "--yes")
    refused = switch(server, *argv)
    assert refused.code == 4
    assert "EFFECT  1 client workload with a proxy: no connection is touched" in refused.out
    assert "MTLS709  credential-without-selector" in refused.out
    ran = switch(server, *argv, "--accept", "MTLS709")
    assert ran.code == 0, ran
    assert "destinationrule.networking.istio.io/partner patched" in ran.out
    tls = server.request("GET", f"{RULES}/partner").must()["spec"]["trafficPolicy"]["tls"]
    assert tls == {"mode": "MUTUAL", "credentialName": "partner-cert", "sni": "api.partner.example"}
    assert switch(server, "dr/partner", "--undo", "--yes").code == 0
    tls = server.request("GET", f"{RULES}/partner").must()["spec"]["trafficPolicy"]["tls"]
    assert tls == {"mode": "SIMPLE", "sni": "api.partner.example"}


def test_connections_that_would_fail_are_counted_named_and_refused_until_accepted(mesh: Mesh):
    server = mesh(SHOP, PERMISSIVE, PLAIN)
    refused = switch(server, "ns/shop", "--to", "STRICT", "--yes")
    assert refused.code == 4
    assert "1 client workload with a proxy, 1 connection: 1 PLAINTEXT -> FAILS" in refused.out
    assert "FAILS      pod/cart-0 -n shop -> cart.shop.svc.cluster.local:80, was PLAINTEXT" in refused.out
    assert "in the client proxy's log: UC" in refused.out
    assert "MTLS713  connections-would-fail" in refused.out
    mended = switch(server, "dr/cart", "--to", "ISTIO_MUTUAL", "--yes")
    assert mended.code == 0, mended
    assert "1 PLAINTEXT -> mTLS" in mended.out
    assert switch(server, "ns/shop", "--to", "STRICT", "--yes").code == 0
    back = switch(server, "dr/cart", "--undo", "--yes")
    assert back.code == 4, back
    assert "MTLS713" in back.out


def test_whom_the_api_server_calls_is_read_and_named(mesh: Mesh):
    server = mesh(SHOP, PERMISSIVE, CALLED)
    ran = switch(server, "ns/shop", "--to", "STRICT", "--yes", "--dry-run", "client")
    assert ran.code == 4, ran
    assert "service/cart:80 -n shop (by validatingwebhookconfiguration/cart)" in ran.out
    assert "MTLS717  reached-from-outside  reached from outside the mesh: service/cart -n shop (ingress/web)" in ran.out
    assert "was not looked for everywhere" not in ran.out


def test_evidence_that_may_not_be_read_is_named_and_stops_nothing(mesh: Mesh):
    ran = switch(mesh(SHOP, PERMISSIVE), "ns/shop", "--to", "STRICT", "--dry-run", "client", user="reader")
    assert ran.code == 0, ran
    missing = "who calls without a proxy was not looked for everywhere: may not list validatingwebhookconfigurations"
    assert missing in ran.out


def test_the_plan_as_json_tells_what_becomes_of_connections(mesh: Mesh):
    server = mesh(SHOP, PERMISSIVE, PLAIN)
    ran = switch(server, "ns/shop", "--to", "STRICT", "-o", "plan-json")
    assert ran.code == 4, ran
    plan = json.loads(ran.out)
    assert (plan["apiVersion"], plan["kind"]) == ("kubectl-mtls/v1alpha1", "Plan")
    assert plan["changes"][0]["fields"] == [{"field": "spec.mtls.mode", "before": "PERMISSIVE", "after": "STRICT"}]
    (one,) = plan["effect"]["connections"]["changed"]
    assert one["clients"] == [{"namespace": "shop", "kind": "Pod", "name": "cart-0"}]
    assert (one["startsToFail"], one["before"]["verdict"], one["after"]["verdict"]) == (True, "PLAINTEXT", "FAILS")
    assert one["after"]["symptom"]["flags"] == "UC"
    assert [(found["code"], found["accepted"]) for found in plan["objections"]] == [("MTLS713", False)]
    assert mode(server) == "PERMISSIVE"


def test_yaml_output_prints_the_manifest_for_git_and_writes_nothing(mesh: Mesh):
    server = mesh(SHOP, PERMISSIVE)
    ran = switch(server, "ns/shop", "--to", "STRICT", "-o", "yaml")
    assert ran.code == 0, ran
    assert yaml.safe_load(ran.out) == {
        "apiVersion": "security.istio.io/v1",
        "kind": "PeerAuthentication",
        "metadata": {"name": "default", "namespace": "shop"},
        "spec": {"mtls": {"mode": "STRICT"}},
    }
    assert "EFFECT" in ran.err
    assert mode(server) == "PERMISSIVE"


def test_files_give_the_changed_manifests_and_no_cluster_is_asked(tmp_path: Any):
    (tmp_path / "mesh.yaml").write_text(SHOP + "---" + PERMISSIVE)
    ran = run("switch-mode", "ns/shop", "--to", "STRICT", "-f", str(tmp_path))
    assert ran.code == 0, ran
    assert [doc["kind"] for doc in yaml.safe_load_all(ran.out)] == ["PeerAuthentication"]
    assert "PERMISSIVE -> STRICT" in ran.err


@pytest.mark.parametrize(
    ("argv", "code", "words"),
    [
        pytest.param(
            ("pa/default", "--to", "ISTIO_MUTUAL"), 2, "is what a client sends", id="client's word for a policy"
        ),
        pytest.param(("dr/partner", "--to", "STRICT"), 2, "is what a server accepts", id="server's word for a rule"),
        pytest.param(("pa/nope", "--to", "STRICT"), 2, "does not exist; there are: default", id="no such policy"),
        pytest.param(("ns/nowhere", "--to", "STRICT"), 2, "namespace nowhere does not exist", id="no such namespace"),
        pytest.param(("pa/default",), 2, "--to MODE is missing", id="no mode"),
        pytest.param(("pa/default", "--to", "STRICT", "--undo"), 2, "one of them, not both", id="mode and undo"),
        pytest.param(("pa/default", "--undo", "--yes"), 4, "there is nothing to undo", id="nothing to undo"),
        pytest.param(
            ("dr/partner", "--to", "MUTUAL"), 2, "MUTUAL needs a certificate", id="MUTUAL without certificate"
        ),
        pytest.param(("pa/default", "--to", "STRICT", "--dry-run", "yes"), 2, "Invalid dry-run value", id="dry run"),
        pytest.param(("pa/default", "--to", "STRICT", "--accept", "all"), 2, "codes of objections", id="accept"),
        pytest.param(("pa/default", "--to", "STRICT", "--port", "99999"), 2, "should be a port number", id="port"),
    ],
)
def test_what_is_typed_wrong_is_explained(mesh: Mesh, argv: tuple[str, ...], code: int, words: str):
    server = mesh(SHOP, PERMISSIVE, RULE)
    ran = switch(server, *argv)
    assert (ran.code, words in ran.err) == (code, True), ran


def test_files_are_changed_in_place_on_request(tmp_path: Any):
    file = tmp_path / "mesh.yaml"
    file.write_text(SHOP + "---" + PERMISSIVE + "# the end\n")
    argv = ("switch-mode", "ns/shop", "--to", "STRICT", "-f", str(file), "--write")
    before = file.read_text()
    refused = run(*argv)
    assert (refused.code, file.read_text()) == (4, before), refused
    assert run(*argv, "--dry-run", "client").code == 0
    assert file.read_text() == before
    ran = run(*argv, "--yes")
    assert ran.code == 0, ran
    assert ran.out.endswith(f"{file}: peerauthentication/default changed\n")
    assert file.read_text() == before.replace("mode: PERMISSIVE", "mode: STRICT")
    assert run(*argv, "--yes").out.endswith("nothing to change\n")


def test_new_object_goes_to_the_end_of_the_one_file_only(tmp_path: Any):
    file = tmp_path / "mesh.yaml"
    file.write_text(SHOP)
    ran = run("switch-mode", "ns/shop", "--to", "STRICT", "-f", str(tmp_path), "--write", "--yes")
    assert (ran.code, "it is not clear into which file it belongs" in ran.err) == (4, True), ran
    ran = run("switch-mode", "ns/shop", "--to", "STRICT", "-f", str(file), "--write", "--yes")
    assert ran.code == 0, ran
    assert file.read_text().startswith(SHOP)
    assert list(yaml.safe_load_all(file.read_text()))[-1]["spec"] == {"mtls": {"mode": "STRICT"}}


def test_port_of_a_policy_with_selector_is_switched_alone(mesh: Mesh):
    cart = PERMISSIVE.replace("name: default", "name: cart").replace(
        "spec: {", "spec: {selector: {matchLabels: {app: cart}}, "
    )
    server = mesh(SHOP, cart)
    ran = switch(server, "pa/cart", "--port", "8080", "--to", "STRICT", "--yes")
    assert ran.code == 0, ran
    assert policy(server, "cart")["spec"]["portLevelMtls"] == {"8080": {"mode": "STRICT"}}
    assert switch(server, "pa/cart", "--undo", "--yes").code == 0
    assert "portLevelMtls" not in policy(server, "cart")["spec"]
    wrong = switch(server, "ns/shop", "--port", "8080", "--to", "STRICT", "--yes")
    assert (wrong.code, "--port goes with pa/NAME" in wrong.err) == (2, True)


def test_undo_as_it_is_printed_works(mesh: Mesh):
    server = mesh(SHOP, PERMISSIVE.replace("PERMISSIVE", "STRICT"), BATCH)
    ran = switch(server, "ns/shop", "--to", "PERMISSIVE", "--yes")
    assert ran.code == 0, ran
    printed = ran.err.partition("undo: kubectl mtls ")[2].splitlines()[0].split()
    assert printed[-2:] == ["--accept", "MTLS701"]
    back = run_as(server, "operator", "default", *printed, "--yes")
    assert (back.code, mode(server)) == (0, "STRICT"), back


def test_undo_keeps_a_new_policy_that_somebody_labelled(mesh: Mesh):
    server = mesh(SHOP)
    assert switch(server, "ns/shop", "--to", "STRICT", "--yes").code == 0
    edit(server, {"metadata": {"labels": {"owner": "alice"}}})
    ran = switch(server, "ns/shop", "--undo", "--yes")
    assert (ran.code, mode(server)) == (4, "STRICT"), ran
    assert "somebody changed metadata.labels of peerauthentication/default -n shop later" in ran.err


def test_copied_undo_record_deletes_nothing(mesh: Mesh):
    """Deleted and made anew by somebody else, under the same name, from a manifest that holds the annotation."""
    server = mesh(SHOP)
    assert switch(server, "ns/shop", "--to", "STRICT", "--yes").code == 0
    copy = policy(server)
    server.request("DELETE", f"{POLICIES}/default").must()
    kept = {"name": "default", "annotations": copy["metadata"]["annotations"]}
    server.request("POST", POLICIES, {**copy, "metadata": kept}).must()
    ran = switch(server, "ns/shop", "--undo", "--yes")
    assert (ran.code, mode(server)) == (4, "STRICT"), ran
    assert "was put there by somebody else" in ran.err


def test_mode_that_went_away_and_back_is_said_with_who_and_when(mesh: Mesh):
    server = mesh(SHOP, PERMISSIVE)
    assert switch(server, "ns/shop", "--to", "STRICT", "--yes").code == 0
    edit(server, {"spec": {"mtls": {"mode": "DISABLE"}}})
    edit(server, {"spec": {"mtls": {"mode": "STRICT"}}})
    ran = switch(server, "ns/shop", "--undo", "--yes")
    assert (ran.code, mode(server)) == (0, "PERMISSIVE"), ran
    assert "NOTE    spec.mtls.mode of peerauthentication/default -n shop was last written by" in ran.out
