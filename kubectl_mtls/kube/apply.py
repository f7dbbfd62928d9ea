"""How one object is written: create, patch, delete, each with its precondition and as a dry run on request.

Nothing here decides anything: what to write is a Plan's business. A write is sent once and never repeated by itself.
"""

from collections.abc import Mapping
from typing import Any

import orjson

from kubectl_mtls.errors import InvalidInput, MtlsError, Rejected, Unreachable
from kubectl_mtls.kube.api import Api
from kubectl_mtls.kube.discovery import Discovery
from kubectl_mtls.kube.failures import failure, is_absent
from kubectl_mtls.kube.path import api_path
from kubectl_mtls.kube.response import json_object
from kubectl_mtls.model.kind import Kind
from kubectl_mtls.model.reading import Manifest

FIELD_MANAGER = "kubectl-mtls"
_JSON = "application/json"
_MERGE_PATCH = "application/merge-patch+json"


class ObjectWriter:
    """Writes single objects. Every method returns the manifest that the API server answers.

    With `dry_run` the API server does everything but store (admission included). All raise Forbidden, Rejected (in the
    words of the API server or the admission webhook), Conflict, Unauthorized and Unreachable; InvalidInput for a kind
    that is not served. `namespace` is None for a cluster-scoped kind.
    """

    def __init__(self, api: Api, discovery: Discovery | None = None) -> None:
        self._api = api
        self._discovery = discovery or Discovery(api)

    def get(self, kind: Kind, namespace: str | None, name: str) -> Manifest | None:
        """The object as it is now, None when the API server itself says that it is absent."""
        response = self._api.request("GET", self._path(kind, namespace, name))
        if is_absent(response):
            return None
        if response.status >= 300:
            raise failure(response, "get", kind, namespace, name)
        return _manifest(response.body, kind, name)

    def create(self, kind: Kind, manifest: Manifest, dry_run: bool = False) -> Manifest:
        """Create the object, in the version that is served, in its namespace. Conflict when that name exists."""
        metadata = manifest["metadata"]
        namespace, name = metadata.get("namespace"), metadata["name"]
        path = self._path(kind, namespace, None)
        version = self._discovery.served_version(kind)
        body = {**manifest, "apiVersion": f"{kind.group}/{version}" if kind.group else version}
        return self._write("create", "POST", path, kind, namespace, name, body, _JSON, dry_run)

    def merge_patch(
        self,
        kind: Kind,
        namespace: str | None,
        name: str,
        patch: Mapping[str, Any],
        resource_version: str | None,
        dry_run: bool = False,
    ) -> Manifest:
        """Apply a JSON merge patch (RFC 7386) if the object still has that resourceVersion, else Conflict."""
        body = dict(patch)
        if resource_version is not None:
            body["metadata"] = {**(body.get("metadata") or {}), "resourceVersion": resource_version}
        path = self._path(kind, namespace, name)
        return self._write("patch", "PATCH", path, kind, namespace, name, body, _MERGE_PATCH, dry_run)

    def delete(
        self,
        kind: Kind,
        namespace: str | None,
        name: str,
        uid: str | None,
        resource_version: str | None,
        dry_run: bool = False,
    ) -> Manifest:
        """Delete the object if it still is the one of that uid and resourceVersion, else Conflict.

        The API server reads a delete's options from the body alone: with a body, dryRun in the query deletes for real.
        """
        preconditions = {"uid": uid, "resourceVersion": resource_version}
        options = {
            "apiVersion": "v1",
            "kind": "DeleteOptions",
            "preconditions": {key: value for key, value in preconditions.items() if value is not None},
            "dryRun": ["All"] if dry_run else [],
        }
        path = self._path(kind, namespace, name)
        return self._write("delete", "DELETE", path, kind, namespace, name, options, _JSON, dry_run)

    def _path(self, kind: Kind, namespace: str | None, name: str | None) -> str:
        version = self._discovery.served_version(kind)
        if version is None:
            raise InvalidInput(f"the API server does not serve {kind.resource}")
        return api_path(kind, version, namespace, name)

    def _write(
        self,
        verb: str,
        method: str,
        path: str,
        kind: Kind,
        namespace: str | None,
        name: str,
        body: Mapping[str, Any],
        content_type: str,
        dry_run: bool,
    ) -> Manifest:
        query = {} if verb == "delete" else {"fieldManager": FIELD_MANAGER}
        if dry_run:
            query["dryRun"] = "All"
        response = self._api.request(method, path, body=orjson.dumps(body), content_type=content_type, query=query)
        if response.status < 300:
            return _manifest(response.body, kind, name)
        error: MtlsError = failure(response, verb, kind, namespace, name)
        if verb == "create" and response.status == 404:
            error = Rejected(f"{kind.singular}/{name} cannot be created: the namespace {namespace} does not exist")
        raise error


def _manifest(body: bytes, kind: Kind, name: str) -> Manifest:
    answer = json_object(body)
    if answer is None:
        raise Unreachable(f"the API server's answer for {kind.singular}/{name} is no JSON object")
    return answer
