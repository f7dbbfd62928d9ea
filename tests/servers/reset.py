"""Taking everything off an API server that was not there when it started, without any controller's help."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tests.servers.client import MERGE, METADATA_ONLY, Client
from tests.servers.manifests import Manifest
from tests.servers.process import wait_until
from tests.servers.resources import Resource, Resources

_KEPT_BY_THE_SERVER = {
    *("apiservices", "componentstatuses", "events", "flowschemas", "ipaddresses", "leases"),
    *("prioritylevelconfigurations", "servicecidrs"),
}
_AT_ONCE = {"kind": "DeleteOptions", "apiVersion": "v1", "gracePeriodSeconds": 0, "propagationPolicy": "Background"}
_WEBHOOKS = ("validatingwebhookconfigurations", "mutatingwebhookconfigurations")


@dataclass(frozen=True, slots=True)
class _Found:
    resource: Resource
    namespace: str
    name: str
    has_finalizers: bool

    @property
    def identity(self) -> tuple[str, str, str, str]:
        return self.resource.group, self.resource.plural, self.namespace, self.name

    @property
    def path(self) -> str:
        return self.resource.path(self.namespace, self.name)


class Baseline:
    """What a server held at one moment, and the way back to it.

    Namespaces are finished by hand: without the namespace controller a deleted one stays Terminating for ever. Objects
    that were there before are not put back when a test changes them, but the labels of their namespaces are.
    """

    def __init__(self, client: Client, resources: Resources):
        self._client = client
        self._resources = resources
        self._identities = {found.identity for found in self._look()}
        self._namespaces = {one["metadata"]["name"]: one for one in self._read_namespaces()}

    def extra(self) -> list[str]:
        """The paths of all objects that are new since then."""
        return [found.path for found in self._extra()]

    def restore(self) -> None:
        """Delete everything new; returns when it has gone."""
        wait_until(self._clean, lambda: f"still there: {self.extra()}")
        for namespace in self._read_namespaces():
            before = self._namespaces[namespace["metadata"]["name"]]["metadata"]
            for field in ("labels", "annotations"):
                self._undo(namespace, field, before.get(field, {}))

    def _clean(self) -> bool:
        found = self._extra()
        namespaces = [one for one in found if one.resource.kind == "Namespace"]
        for one in namespaces:
            self._delete(one)
        for one in sorted(found, key=lambda one: one.resource.plural not in _WEBHOOKS):
            if one.resource.kind != "Namespace":
                self._delete(one)
        for one in namespaces:
            self._finish(one)
        return not found

    def _delete(self, one: _Found) -> None:
        if one.has_finalizers and one.resource.kind != "CustomResourceDefinition":
            self._client.request("PATCH", one.path, {"metadata": {"finalizers": None}}, content_type=MERGE)
        self._client.request("DELETE", one.path, _AT_ONCE)

    def _finish(self, one: _Found) -> None:
        namespace = self._client.request("GET", one.path)
        if namespace.ok:
            body = namespace.body | {"spec": {"finalizers": []}}
            self._client.request("PUT", f"{one.path}/finalize", body)

    def _undo(self, namespace: Manifest, field: str, before: dict[str, str]) -> None:
        now = namespace["metadata"].get(field, {})
        if now != before:
            change = dict.fromkeys(now) | before
            path = f"/api/v1/namespaces/{namespace['metadata']['name']}"
            self._client.request("PATCH", path, {"metadata": {field: change}}, content_type=MERGE).must()

    def _extra(self) -> list[_Found]:
        return [found for found in self._look() if found.identity not in self._identities]

    def _look(self) -> Iterator[_Found]:
        for resource in self._resources.preferred():
            if {"list", "delete"} <= resource.verbs and resource.plural not in _KEPT_BY_THE_SERVER:
                listed = self._client.request("GET", resource.path(), accept=METADATA_ONLY).must()
                for item in listed["items"] or ():
                    metadata = item["metadata"]
                    held = bool(metadata.get("finalizers"))
                    yield _Found(resource, metadata.get("namespace", ""), metadata["name"], held)

    def _read_namespaces(self) -> list[Any]:
        items: list[Any] = self._client.request("GET", "/api/v1/namespaces").must()["items"]
        return items
