"""An EnvoyFilter patches what sidecars accept, so no policy tells their mode any more.

What it checks

EnvoyFilters that patch LISTENER, FILTER_CHAIN or CLUSTER in the inbound direction (context SIDECAR_INBOUND, ANY, or
none) of pods with a sidecar, in the pods' namespace or in the root namespace. Other EnvoyFilters are not meant.

Why it matters

Such a patch can change or remove the TLS context that a PeerAuthentication asks for. Whether it does cannot be told
from the objects, so the mode of these workloads is shown as UNKNOWN instead of as STRICT.

Example

    apiVersion: networking.istio.io/v1alpha3
    kind: EnvoyFilter
    metadata: {name: cart-limits, namespace: shop}
    spec:
      workloadSelector:
        labels: {app: cart}
      configPatches:
      - applyTo: LISTENER
        match: {context: SIDECAR_INBOUND}
        patch:
          operation: MERGE
          value: {per_connection_buffer_limit_bytes: 32768}
    ---
    apiVersion: apps/v1
    kind: Deployment
    metadata: {name: cart, namespace: shop}
    spec:
      template:
        metadata:
          labels: {app: cart, sidecar.istio.io/inject: "true"}
        spec:
          containers: [{name: cart, image: cart}]

Better

    apiVersion: networking.istio.io/v1alpha3
    kind: EnvoyFilter
    metadata: {name: cart-limits, namespace: shop}
    spec:
      workloadSelector:
        labels: {app: cart}
      configPatches:
      - applyTo: HTTP_FILTER
        match: {context: SIDECAR_INBOUND}
        patch:
          operation: INSERT_BEFORE
          value: {name: envoy.filters.http.buffer}
    ---
    apiVersion: apps/v1
    kind: Deployment
    metadata: {name: cart, namespace: shop}
    spec:
      template:
        metadata:
          labels: {app: cart, sidecar.istio.io/inject: "true"}
        spec:
          containers: [{name: cart, image: cart}]

Fix

`istioctl proxy-config listener POD -n NAMESPACE --port 15006 -o json` shows what the sidecar really has. Where the
patch leaves TLS alone, this is a note and no more.
"""

from collections.abc import Iterator

from kubectl_mtls.model.envoy_filter import EnvoyFilter
from kubectl_mtls.model.finding import Finding, Severity
from kubectl_mtls.model.kind import ENVOY_FILTER, POD
from kubectl_mtls.model.pod import Pod
from kubectl_mtls.model.selector import selects
from kubectl_mtls.rules.rule import MESH_CONFIG, Rule
from kubectl_mtls.rules.view import View
from kubectl_mtls.rules.words import listed
from kubectl_mtls.rules.workload import workload_ref

RULE = Rule(
    code="MTLS503",
    name="inbound-envoy-filter",
    severity=Severity.INFO,
    summary="EnvoyFilter that hides what sidecars accept",
    reads=(ENVOY_FILTER, POD, MESH_CONFIG),
    doc=__doc__,
)


def check(view: View) -> Iterator[Finding]:
    """One finding for every filter that reaches a pod with a sidecar."""
    for one in view.snapshot.envoy_filters:
        reached = _reached(view, one) if one.inbound_field else []
        if one.inbound_field and reached:
            metadata = one.metadata
            workloads = sorted({workload_ref(pod).seen_from(metadata.namespace) for pod in reached})
            message = (
                f"{metadata.ref} patches the inbound side of the sidecars of {listed(workloads)}: what they accept "
                "cannot be told from policies, so it is shown as UNKNOWN"
            )
            fix = (
                f"istioctl proxy-config listener {reached[0].metadata.name} -n {reached[0].metadata.namespace} "
                "--port 15006 -o json"
            )
            yield RULE.finding(metadata, one.inbound_field, message, None if reached[0].assumed else fix)


def _reached(view: View, one: EnvoyFilter) -> list[Pod]:
    return [
        pod
        for pod in view.snapshot.pods.values()
        if pod.proxy.is_sidecar
        and view.covers(pod.metadata.namespace)
        and one.metadata.namespace in (pod.metadata.namespace, view.snapshot.mesh_config(pod.revision).root_namespace)
        and selects(one.match_labels, pod.labels)
    ]
