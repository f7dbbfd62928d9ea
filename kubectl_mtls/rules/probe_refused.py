"""The kubelet probes a port that takes mutual TLS only, and no proxy answers in the application's place.

What it checks

HTTP and gRPC probes of pods with a sidecar that go to a port of the application which is STRICT. Usually the injector
turns probes to the proxy's agent (port 15020), which needs no identity; here `rewriteAppHTTPProbers` is off, or the
probe came in after injection. Of a template in a file only the annotation says that it will be so.

Why it matters

The kubelet has no identity of the mesh, so its probe is reset: the pod never becomes ready, or is restarted again and
again. The log of the application shows nothing.

Example

    apiVersion: security.istio.io/v1
    kind: PeerAuthentication
    metadata: {name: default, namespace: shop}
    spec:
      mtls: {mode: STRICT}
    ---
    apiVersion: v1
    kind: Pod
    metadata:
      name: cart-0
      namespace: shop
      labels: {app: cart, security.istio.io/tlsMode: istio}
    spec:
      containers:
      - name: cart
        image: cart
        ports: [{containerPort: 8080}]
        readinessProbe:
          httpGet: {path: /ready, port: 8080}
      - {name: istio-proxy, image: istio/proxyv2, args: [proxy, sidecar]}

Better

    apiVersion: security.istio.io/v1
    kind: PeerAuthentication
    metadata: {name: default, namespace: shop}
    spec:
      mtls: {mode: STRICT}
    ---
    apiVersion: v1
    kind: Pod
    metadata:
      name: cart-0
      namespace: shop
      labels: {app: cart, security.istio.io/tlsMode: istio}
    spec:
      containers:
      - name: cart
        image: cart
        ports: [{containerPort: 8080}]
        readinessProbe:
          httpGet: {path: /app-health/cart/readyz, port: 15020}
      - {name: istio-proxy, image: istio/proxyv2, args: [proxy, sidecar]}

Fix

Remove the annotation `sidecar.istio.io/rewriteAppHTTPProbers: "false"` (or `values.sidecarInjectorWebhook.
rewriteAppHTTPProbe: false` of the mesh) and restart the workload; or give the probe a port of its own that is
PERMISSIVE: `kubectl mtls switch-mode pa/NAME -n NAMESPACE --port PORT --to PERMISSIVE`.
"""

from collections import defaultdict
from collections.abc import Iterator

from kubectl_mtls.model.finding import Finding, Severity
from kubectl_mtls.model.kind import PEER_AUTHENTICATION, POD
from kubectl_mtls.model.pod import Pod
from kubectl_mtls.model.probe import Probe
from kubectl_mtls.model.ref import Ref
from kubectl_mtls.posture.server.server import Policies, resolve_server
from kubectl_mtls.posture.server.services import refuses_plaintext
from kubectl_mtls.rules.remedy import restart
from kubectl_mtls.rules.rule import MESH_CONFIG, Rule
from kubectl_mtls.rules.view import View
from kubectl_mtls.rules.words import listed
from kubectl_mtls.rules.workload import workload_ref

RULE = Rule(
    code="MTLS514",
    name="probe-refused",
    severity=Severity.ERROR,
    summary="Probe of the kubelet to a port that takes mutual TLS only",
    reads=(PEER_AUTHENTICATION, POD, MESH_CONFIG),
    doc=__doc__,
)

_REWRITE = "sidecar.istio.io/rewriteAppHTTPProbers"


def check(view: View) -> Iterator[Finding]:
    """One finding for every workload."""
    policies = Policies(view.snapshot)
    pods: dict[Ref, Pod] = {}
    found: dict[Ref, list[Probe]] = defaultdict(list)
    for pod in view.snapshot.pods.values():
        if view.covers(pod.metadata.namespace) and _reaches_application(pod):
            refused = [one for one in pod.probes if refuses_plaintext(resolve_server(policies, pod, one.port))]
            if refused:
                ref = workload_ref(pod)
                pods.setdefault(ref, pod)
                found[ref] += refused
    for ref, probes in found.items():
        words = listed(f"{one.name} of container {one.container} to port {one.port}" for one in probes)
        message = f"{ref}: the kubelet has no identity, and the port takes mutual TLS only: {words} fails"
        has_annotation = pods[ref].metadata.annotations.get(_REWRITE) == "false"
        field = f"metadata.annotations.{_REWRITE}" if has_annotation else "spec.containers"
        fix = f"remove the annotation {_REWRITE} from {ref}'s pod template" if has_annotation else restart(ref)
        yield RULE.finding(pods[ref].metadata, field, message, fix, ref=ref)


def _reaches_application(pod: Pod) -> bool:
    """What runs shows its probes as the injector left them."""
    return pod.proxy.is_sidecar and (not pod.assumed or pod.metadata.annotations.get(_REWRITE) == "false")
