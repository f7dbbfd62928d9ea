"""A PeerAuthentication's selector matches no pod of its namespace.

What it checks

`spec.selector.matchLabels` of a PeerAuthentication against the labels of the pods of its own namespace. Labels of
Deployments and Services play no part. In files the pods are those of the workloads' templates, and a namespace
without any workload in the files is passed over.

Why it matters

The policy changes nothing. Somebody wrote it to protect a workload or to except one; the workload has the mode of the
namespace or of the mesh instead. A label that was renamed in a new release does this without a word.

Example

    apiVersion: security.istio.io/v1
    kind: PeerAuthentication
    metadata: {name: cart, namespace: shop}
    spec:
      selector:
        matchLabels: {app: carts}
      mtls: {mode: STRICT}
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

    apiVersion: security.istio.io/v1
    kind: PeerAuthentication
    metadata: {name: cart, namespace: shop}
    spec:
      selector:
        matchLabels: {app: cart}
      mtls: {mode: STRICT}
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

Compare the selector with `kubectl get pods -n NAMESPACE --show-labels` and correct it, or delete the policy. A
workload that is scaled to zero, a CronJob between two runs and a virtual machine (WorkloadEntry) have no pods either:
then leave it.
"""

from collections import defaultdict
from collections.abc import Iterator

from kubectl_mtls.model.finding import Finding, Severity
from kubectl_mtls.model.kind import PEER_AUTHENTICATION, POD
from kubectl_mtls.model.phrase import counted
from kubectl_mtls.model.pod import Pod
from kubectl_mtls.model.selector import Labels, selects
from kubectl_mtls.rules.rule import MESH_CONFIG, Rule
from kubectl_mtls.rules.view import View

RULE = Rule(
    code="MTLS105",
    name="policy-selects-nothing",
    severity=Severity.WARNING,
    summary="PeerAuthentication whose selector matches no pod",
    reads=(PEER_AUTHENTICATION, POD, MESH_CONFIG),
    doc=__doc__,
)


def check(view: View) -> Iterator[Finding]:
    """One finding for every such policy, where all pods of its namespace were read."""
    pods: dict[str, list[Pod]] = defaultdict(list)
    for pod in view.snapshot.pods.values():
        pods[pod.metadata.namespace].append(pod)
    is_whole = view.snapshot.live or any(
        not pod.assumed for pod in view.snapshot.pods.values()
    )  # a dump holds all pods
    for policy in view.snapshot.peer_authentications:
        metadata = policy.metadata
        neighbours = pods[metadata.namespace]
        if (
            policy.match_labels
            and metadata.namespace not in (view.root_namespaces or view.control_planes)
            and view.sees_all(POD, metadata.namespace)
            and (is_whole or neighbours)
            and not any(selects(policy.match_labels, pod.labels) for pod in neighbours)
        ):
            message = (
                f"{metadata.ref} selects {_written(policy.match_labels)}, which none of "
                f"{counted(len(neighbours), 'pod')} in namespace {metadata.namespace} has: the policy changes nothing"
            )
            fix = f"compare with: kubectl get pods -n {metadata.namespace} --show-labels"
            yield RULE.finding(metadata, "spec.selector.matchLabels", message, fix)


def _written(labels: Labels) -> str:
    """Labels as kubectl's -l takes them."""
    return ",".join(f"{key}={value}" for key, value in labels.items())
