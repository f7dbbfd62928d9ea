"""Putting an example mesh onto an API server, as controllers and kubelets would have left it there."""

import copy
import json
import time
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from tests.servers.access import namespace_access
from tests.servers.client import APPLY, Client
from tests.servers.manifests import Manifest
from tests.servers.process import wait_until
from tests.servers.resources import Resources

_MANAGER = "example"
_FIRST = (
    "CustomResourceDefinition",
    "Namespace",
    "Deployment",
    "StatefulSet",
    "DaemonSet",
    "CronJob",
    "Job",
    "ReplicaSet",
)
_LAST = ("ValidatingWebhookConfiguration", "MutatingWebhookConfiguration")
_SET_BY_THE_SERVER = (
    "uid",
    "resourceVersion",
    "generation",
    "creationTimestamp",
    "managedFields",
    "selfLink",
    "deletionTimestamp",
)


def apply_manifests(client: Client, resources: Resources, manifests: Iterable[Manifest]) -> None:
    """Create or update everything, then set the status of what brings one.

    Namespaces that objects name are made when no manifest does. Owners come before what they own, so that
    ownerReferences get the owner's real uid. Webhooks come last: nobody answers them, and pods would be refused.
    """
    _Application(client, resources).run(list(manifests))


class _Application:
    """One run: what it learns from earlier objects (uids, ages) for later ones."""

    def __init__(self, client: Client, resources: Resources):
        self._client = client
        self._resources = resources
        self._uids: dict[tuple[str, str, str], str] = {}
        self._youngest: dict[str, tuple[str, str]] = {}

    def run(self, manifests: list[Manifest]) -> None:
        given = {manifest["metadata"]["name"] for manifest in manifests if manifest["kind"] == "Namespace"}
        named = {namespace for manifest in manifests if (namespace := manifest["metadata"].get("namespace"))}
        implied = [_namespace(name) for name in sorted(named - given - {"default"})]
        granted = [binding for name in sorted(given | named) for binding in namespace_access(name)]
        for manifest in sorted([*implied, *manifests, *granted], key=_order):
            self._apply(copy.deepcopy(manifest))

    def _apply(self, manifest: Manifest) -> None:
        resource = self._resources.of(manifest)
        metadata = manifest["metadata"]
        namespace = metadata.setdefault("namespace", "default") if resource.namespaced else ""
        stamp = metadata.get("creationTimestamp") if resource.group.endswith(".istio.io") else None
        if stamp:
            self._wait_for_a_later_second(resource.kind, stamp)
        for field in _SET_BY_THE_SERVER:
            metadata.pop(field, None)
        for owner in metadata.get("ownerReferences", ()):
            owner["uid"] = self._uids.get((owner["kind"], namespace, owner["name"]), owner.get("uid") or "unknown")
        status = manifest.pop("status", None)
        kept = self._patch(resource.path(namespace, metadata["name"]), manifest)
        self._uids[resource.kind, namespace, metadata["name"]] = kept["uid"]
        if stamp:
            self._youngest[resource.kind] = (stamp, kept["creationTimestamp"])
        if status:
            identity = {"name": metadata["name"], **({"namespace": namespace} if namespace else {})}
            body = {key: manifest[key] for key in ("apiVersion", "kind")} | {"metadata": identity, "status": status}
            self._patch(resource.path(namespace, metadata["name"], "status"), body)

    def _patch(self, path: str, manifest: Manifest) -> dict[str, Any]:
        """Server-side apply; the metadata that the server gave the object."""
        path = f"{path}?fieldManager={_MANAGER}&force=true"
        answer = self._client.request("PATCH", path, json.dumps(manifest), content_type=APPLY)
        metadata: dict[str, Any] = answer.must()["metadata"]
        return metadata

    def _wait_for_a_later_second(self, kind: str, stamp: str) -> None:
        """Istio lets the oldest object win, and the server alone dates objects, to the second: keep the given order."""
        elder, born = self._youngest.get(kind, ("", ""))
        if elder and elder < stamp:
            until = datetime.fromisoformat(born).timestamp() + 1
            wait_until(lambda: time.time() >= until, lambda: f"the clock stays before {until}", seconds=3)


def _order(manifest: Manifest) -> tuple[int, str]:
    return _rank(manifest["kind"]), manifest["metadata"].get("creationTimestamp") or ""


def _rank(kind: str) -> int:
    if kind in _FIRST:
        return _FIRST.index(kind)
    return len(_FIRST) + (kind in _LAST)


def _namespace(name: str) -> Manifest:
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}
