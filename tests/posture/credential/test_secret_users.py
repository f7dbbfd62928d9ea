"""Who uses a Secret, where it is looked for in vain, and who keeps it: meshes as YAML."""

from datetime import UTC, datetime

import pytest

from kubectl_mtls.model.assembly import build_snapshot
from kubectl_mtls.model.document import parse_objects
from kubectl_mtls.model.kind import CONFIG_MAP, SECRET
from kubectl_mtls.model.origin import ApiOrigin
from kubectl_mtls.model.reading import Document, Reading
from kubectl_mtls.model.ref import Ref
from kubectl_mtls.model.snapshot import Snapshot
from kubectl_mtls.posture.credential.consumers import resolve_consumers
from kubectl_mtls.posture.credential.misplaced import resolve_misplaced
from kubectl_mtls.posture.credential.mounted import resolve_mounted
from kubectl_mtls.posture.credential.ownership import resolve_ownership
from kubectl_mtls.posture.credential.usage import resolve_usage

NOW = datetime(2026, 6, 1, tzinfo=UTC)


def snapshot_of(*texts: str, live: bool = False) -> Snapshot:
    found = [one for text in texts for one in parse_objects(text, "mesh.yaml")]
    documents = tuple(Document(value, ApiOrigin() if live else origin) for value, origin in found)
    snapshot = build_snapshot(Reading(documents), live=live)
    assert snapshot.gaps == ()
    return snapshot


def rule(spec: str, namespace: str = "shop") -> str:
    return f"""
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {{name: partner, namespace: {namespace}}}
spec: {{host: api.partner.example, {spec}}}
"""


def gateway(tls: str, namespace: str = "shop") -> str:
    return f"""
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {{name: web, namespace: {namespace}}}
spec: {{selector: {{app: gate}}, servers: [{{port: {{number: 443}}, hosts: [web.example], tls: {{{tls}}}}}]}}
"""


def pod(name: str, namespace: str = "shop", role: str = "sidecar") -> str:
    return f"""
apiVersion: v1
kind: Pod
metadata: {{name: {name}-0, namespace: {namespace}, labels: {{app: {name}}}}}
spec: {{serviceAccountName: {name}, containers: [{{name: istio-proxy, image: x, args: [proxy, {role}]}}]}}
"""


def deployment(spec: str, annotations: str = "", name: str = "cart") -> str:
    return f"""
apiVersion: apps/v1
kind: Deployment
metadata: {{name: {name}, namespace: shop}}
spec: {{template: {{metadata: {{labels: {{app: {name}}}, annotations: {{{annotations}}}}}, spec: {{{spec}}}}}}}
"""


SELECTED = "workloadSelector: {matchLabels: {app: cart}}"
CREDENTIAL = "{mode: MUTUAL, credentialName: partner-cert}"


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        pytest.param(
            rule(f"trafficPolicy: {{tls: {CREDENTIAL}}}"), ["spec.trafficPolicy.tls.credentialName"], id="top"
        ),
        pytest.param(
            rule(f"trafficPolicy: {{portLevelSettings: [{{port: {{number: 443}}, tls: {CREDENTIAL}}}]}}"),
            ["spec.trafficPolicy.portLevelSettings.0.tls.credentialName"], id="a port",
        ),
        pytest.param(
            rule(f"subsets: [{{name: v1, trafficPolicy: {{tls: {CREDENTIAL}}}}}]"),
            ["spec.subsets.0.trafficPolicy.tls.credentialName"], id="a subset",
        ),
        pytest.param(
            rule(
                "subsets: [{name: v1, trafficPolicy: {portLevelSettings: "
                f"[{{port: {{number: 443}}, tls: {CREDENTIAL}}}]}}}}]"
            ),
            ["spec.subsets.0.trafficPolicy.portLevelSettings.0.tls.credentialName"], id="a port of a subset",
        ),
        pytest.param(
            gateway("mode: SIMPLE, credentialName: partner-cert"), ["spec.servers.0.tls.credentialName"], id="a gateway"
        ),
        pytest.param(
            gateway("mode: SIMPLE, credentialNames: [other, partner-cert]"), ["spec.servers.0.tls.credentialNames.1"],
            id="the second of two",
        ),
        pytest.param(
            gateway("mode: MUTUAL, credentialName: web, caCertCredentialName: partner-cert"),
            ["spec.servers.0.tls.caCertCredentialName"], id="a gateway's CA",
        ),
        pytest.param(rule(f"trafficPolicy: {{tls: {CREDENTIAL}}}, {SELECTED}", "bank"), [], id="another namespace"),
        pytest.param(gateway("mode: SIMPLE, credentialName: other"), [], id="another Secret"),
    ],
)  # fmt: skip
def test_every_place_of_istios_objects_is_found(text, fields):
    found = resolve_usage(snapshot_of(text), "shop", "partner-cert")
    assert [usage.field for usage in found] == fields


def test_askers_are_the_selected_workloads_beside_the_rule():
    text = rule(f"trafficPolicy: {{tls: {CREDENTIAL}}}, {SELECTED}")
    snapshot = snapshot_of(text, pod("cart"), pod("other"), pod("cart", "bank"))
    (usage,) = resolve_usage(snapshot, "shop", "partner-cert")
    assert [(asker.namespace, asker.service_account) for asker in usage.askers] == [("shop", "cart")]
    assert usage.needs_right


@pytest.mark.parametrize(
    ("credential", "name", "kind"),
    [
        pytest.param("partner-cert", "partner-cert-cacert", SECRET, id="a companion is public"),
        pytest.param("configmap://shop/partner-cert", "partner-cert", CONFIG_MAP, id="so is a ConfigMap"),
    ],
)
def test_what_needs_no_right(credential, name, kind):
    text = rule(f"trafficPolicy: {{tls: {{mode: SIMPLE, credentialName: '{credential}'}}}}, {SELECTED}")
    (usage,) = resolve_usage(snapshot_of(text, pod("cart")), "shop", name, kind)
    assert (usage.purpose, usage.needs_right) == ("CA for servers", False)


VOLUME = "volumes: [{name: v, secret: {secretName: partner-cert}}]"
PROJECTED = "volumes: [{name: v, projected: {sources: [{configMap: {name: a}}, {secret: {name: partner-cert}}]}}]"
KEY_REF = "containers: [{name: app, env: [{name: A, valueFrom: {secretKeyRef: {name: partner-cert, key: k}}}]}]"
USER_VOLUME = """sidecar.istio.io/userVolume: '[{"name":"v","secret":{"secretName":"partner-cert"}}]'"""
USER_MOUNT = """sidecar.istio.io/userVolumeMount: '[{"name":"v","mountPath":"/etc/partner"}]'"""


@pytest.mark.parametrize(
    ("spec", "annotations", "field"),
    [
        pytest.param(VOLUME, "", "spec.template.spec.volumes.0.secret.secretName", id="a volume"),
        pytest.param(PROJECTED, "", "spec.template.spec.volumes.0.projected.sources.1.secret.name", id="projected"),
        pytest.param(KEY_REF, "", "spec.template.spec.containers.0.env.0.valueFrom.secretKeyRef.name", id="a variable"),
        pytest.param(
            "initContainers: [{name: app, envFrom: [{secretRef: {name: partner-cert}}]}]", "",
            "spec.template.spec.initContainers.0.envFrom.0.secretRef.name", id="the whole environment",
        ),
        pytest.param(
            "volumes: [{name: v, csi: {nodePublishSecretRef: {name: partner-cert}}}]", "",
            "spec.template.spec.volumes.0.csi.nodePublishSecretRef.name", id="a CSI driver",
        ),
        pytest.param(
            "", USER_VOLUME, "spec.template.metadata.annotations[sidecar.istio.io/userVolume]", id="the proxy's volume"
        ),
    ],
)  # fmt: skip
def test_every_place_of_a_pod_template_is_found(spec, annotations, field):
    found = resolve_mounted(snapshot_of(deployment(spec, annotations)), "shop", "partner-cert")
    assert [(str(usage.user.ref), usage.field) for usage in found] == [("deployment/cart", field)]


@pytest.mark.parametrize(
    "annotations",
    ["sidecar.istio.io/userVolume: 'no JSON'", "sidecar.istio.io/userVolume: '[1, {}]'", "a: b"],
)
def test_what_names_nothing_is_no_user(annotations):
    text = deployment("volumes: [{name: v, secret: {secretName: other}}]", annotations)
    assert resolve_mounted(snapshot_of(text), "shop", "partner-cert") == ()


FILES = (
    "trafficPolicy: {tls: {mode: MUTUAL, clientCertificate: /etc/partner/tls.crt, privateKey: /etc/partner/tls.key}}"
)


@pytest.mark.parametrize(
    ("text", "is_user"),
    [
        pytest.param(rule(FILES), True, id="every client of its namespace"),
        pytest.param(rule(f"{FILES}, {SELECTED}"), True, id="the selected one"),
        pytest.param(rule(f"{FILES}, workloadSelector: {{matchLabels: {{app: other}}}}"), False, id="another workload"),
        pytest.param(rule(FILES.replace("/etc/partner", "/etc/other")), False, id="other files"),
        pytest.param(rule(FILES.replace("MUTUAL", "DISABLE")), False, id="no certificate in this mode"),
        pytest.param(rule(FILES, "bank"), False, id="another namespace"),
    ],
)
def test_a_rule_that_names_files_uses_the_secret_mounted_there(text, is_user):
    snapshot = snapshot_of(text, deployment("", f"{USER_VOLUME}, {USER_MOUNT}"))
    found = [usage for usage in resolve_mounted(snapshot, "shop", "partner-cert") if usage.towards]
    assert [(str(usage.user.ref), usage.purpose) for usage in found] == (
        [("destinationrule/partner", "client certificate")] if is_user else []
    )


INGRESS = """
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: web, namespace: shop}
spec: {ingressClassName: CLASS, tls: [{secretName: partner-cert, hosts: [web.example]}]}
"""
ISSUER = """
apiVersion: cert-manager.io/v1
kind: KIND
metadata: {name: pki, namespace: shop}
spec: {ca: {secretName: partner-cert}}
"""


@pytest.mark.parametrize(
    ("text", "namespace", "users"),
    [
        pytest.param(INGRESS.replace("CLASS", "istio"), "istio-system", ["ingress/web"], id="beside the gateway"),
        pytest.param(INGRESS.replace("CLASS", "istio"), "shop", [], id="beside the Ingress"),
        pytest.param(INGRESS.replace("CLASS", "nginx"), "istio-system", [], id="another controller's"),
        pytest.param(ISSUER.replace("KIND", "Issuer"), "shop", ["issuer/pki"], id="an Issuer"),
        pytest.param(ISSUER.replace("KIND", "Issuer"), "bank", [], id="an Issuer of another namespace"),
        pytest.param(ISSUER.replace("KIND", "ClusterIssuer"), "cert-manager", ["clusterissuer/pki"], id="for all"),
    ],
)
def test_issuers_and_ingresses_look_where_their_controllers_do(text, namespace, users):
    found = resolve_consumers(snapshot_of(text), Ref(SECRET, namespace, "partner-cert"), "istio-system")
    assert [str(usage.user.ref) for usage in found] == users


BARE = gateway("mode: SIMPLE, credentialName: partner-cert")
FULL = gateway("mode: SIMPLE, credentialName: 'kubernetes://shop/partner-cert'", "bank")


@pytest.mark.parametrize(
    ("texts", "places"),
    [
        pytest.param((BARE, pod("gate", "ingress", "router")), [("ingress",)], id="pods elsewhere"),
        pytest.param((BARE, pod("gate", "shop", "router")), [], id="pods beside it"),
        pytest.param((BARE,), [], id="no pods known"),
        pytest.param(
            (BARE, pod("gate", "shop", "router"), pod("gate", "ingress", "router")), [], id="pods in both places"
        ),
        pytest.param((FULL, pod("gate", "ingress", "router")), [("ingress",)], id="named with its namespace"),
        pytest.param((gateway("mode: SIMPLE, credentialName: partner-cert", "bank"),
                      pod("gate", "ingress", "router")), [], id="somebody else's of the same name"),
        pytest.param(
            (rule(f"trafficPolicy: {{tls: {{mode: MUTUAL, credentialName: 'kubernetes://shop/partner-cert'}}}}, "
                  f"{SELECTED}", "bank"),), [("bank",)], id="a rule of another namespace",
        ),
        pytest.param((INGRESS.replace("CLASS", "istio"),), [("istio-system",)], id="beside the Ingress"),
        pytest.param((INGRESS.replace("CLASS", "nginx"),), [], id="another controller's Ingress"),
    ],
)  # fmt: skip
def test_where_it_is_looked_for_in_vain(texts, places):
    found = resolve_misplaced(snapshot_of(*texts), Ref(SECRET, "shop", "partner-cert"), "istio-system")
    assert [one.looked_up_in for one in found] == places


def secret(metadata: str) -> str:
    return f"\napiVersion: v1\nkind: Secret\nmetadata: {{name: partner-cert, namespace: shop, {metadata}}}\n"


@pytest.mark.parametrize(
    ("metadata", "expected"),
    [
        pytest.param("", (None, None), id="nobody"),
        pytest.param(
            "annotations: {cert-manager.io/certificate-name: partner}, labels: {argocd.argoproj.io/instance: a}",
            ("cert-manager", "certificate/partner"), id="an operator before who deploys",
        ),
        pytest.param(
            "ownerReferences: [{kind: ExternalSecret, name: e, controller: true}]",
            ("External Secrets", "externalsecret/e"), id="External Secrets",
        ),
        pytest.param(
            "ownerReferences: [{kind: SealedSecret, name: s, controller: true}]",
            ("Sealed Secrets", "sealedsecret/s"), id="Sealed Secrets",
        ),
        pytest.param(
            "labels: {trust.cert-manager.io/bundle: roots}", ("trust-manager", "bundle/roots"), id="trust-manager"
        ),
        pytest.param("annotations: {meta.helm.sh/release-name: web}", ("Helm", "release/web"), id="Helm"),
        pytest.param(
            "annotations: {'argocd.argoproj.io/tracking-id': 'web:/Secret:shop/partner-cert'}",
            ("Argo CD", "application/web"), id="Argo CD",
        ),
        pytest.param(
            "labels: {kustomize.toolkit.fluxcd.io/name: apps}", ("Flux", "kustomization/apps"), id="Flux"
        ),
        pytest.param(
            "ownerReferences: [{kind: Widget, name: w, controller: true}]", (None, "widget/w"), id="another controller"
        ),
    ],
)  # fmt: skip
def test_labels_and_owners_say_who_keeps_a_secret(metadata, expected):
    snapshot = snapshot_of(secret(metadata))
    found = resolve_ownership(snapshot, snapshot.secrets[0], NOW)
    assert (found.manager.name if found.manager else None, found.source) == expected


def test_the_last_writer_stands_in_where_nobody_keeps_it():
    fields = "{manager: kubectl-create, time: '2026-05-01T00:00:00Z', fieldsV1: {'f:data': {'f:tls.crt': {}}}}"
    labels = "{manager: labeller, time: '2026-05-09T00:00:00Z', fieldsV1: {'f:metadata': {'f:labels': {}}}}"
    snapshot = snapshot_of(secret(f"managedFields: [{fields}, {labels}]"))
    written = resolve_ownership(snapshot, snapshot.secrets[0], NOW).written
    assert written is not None
    assert written.by == "kubectl-create"


def test_what_external_secrets_says_is_found_by_its_target():
    text = """
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: e, namespace: shop}
spec: {target: {name: partner-cert}, secretStoreRef: {kind: ClusterSecretStore, name: vault}, refreshInterval: 1h}
status: {refreshTime: '2026-05-31T23:00:00Z', conditions: [{type: Ready, status: 'True'}]}
"""
    snapshot = snapshot_of(secret("ownerReferences: [{kind: ExternalSecret, name: e, controller: true}]"), text)
    external = resolve_ownership(snapshot, snapshot.secrets[0], NOW).external_secret
    assert external is not None
    assert (external.store, external.refreshed_at) == (
        "clustersecretstore/vault",
        datetime(2026, 5, 31, 23, tzinfo=UTC),
    )
