"""Which version of a kind the API server serves, asked once (aggregated discovery, KEP-3352)."""

from collections.abc import Callable, Iterable, Iterator
from threading import Lock
from typing import Any, TypeVar

from kubectl_mtls.errors import CannotLook, Forbidden, Unreachable
from kubectl_mtls.kube.api import Api
from kubectl_mtls.kube.failures import failure
from kubectl_mtls.kube.response import Response, json_object
from kubectl_mtls.model.kind import Kind

T = TypeVar("T")

_AGGREGATED = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"
_GROUPS = Kind("APIGroup", "api groups", namespaced=False)


class Discovery:
    """What one API server serves. Thread-safe; the first question costs one request, the others none."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._lock = Lock()
        self._resources: frozenset[tuple[str, str, str]] | None = None
        self._listed: dict[str, frozenset[tuple[str, str, str]]] = {}
        self._aggregated = True
        self._allowed = True

    def served_version(self, kind: Kind) -> str | None:
        """The first of the kind's versions that is served; None when none is.

        Where discovery itself is forbidden the preferred version is assumed. Raises Unauthorized and Unreachable.
        """
        if not kind.group:
            return kind.versions[0]
        with self._lock:
            served = self._served(kind.group)
        if not self._allowed:
            return kind.versions[0]
        return next((v for v in kind.versions if (kind.group, v, kind.plural) in served), None)

    @property
    def streams_lists(self) -> bool:
        """Whether the API server is known to be of Kubernetes 1.33 or later, told by an API that came then.

        False as long as nothing else had to be asked.
        """
        return ("networking.k8s.io", "v1", "servicecidrs") in (self._resources or ())

    def _served(self, group: str) -> frozenset[tuple[str, str, str]]:
        if self._resources is None:
            self._resources = self._ask()
        if self._aggregated or not self._allowed:
            return self._resources
        if group not in self._listed:
            versions = sorted({version for name, version, _ in self._resources if name == group})
            self._listed[group] = frozenset(row for version in versions for row in self._list(group, version))
        return self._listed[group]

    def _ask(self) -> frozenset[tuple[str, str, str]]:
        """All resources; from an API server before 1.26 the groups and versions only, which are listed when needed."""
        response = self._api.request("GET", "/apis", accept=f"{_AGGREGATED},application/json")
        if response.status >= 300:
            self._allowed = False
            _demand_forbidden(response)
            return frozenset()
        answer = _parse(response, "APIGroupDiscoveryList", "APIGroupList")
        self._aggregated = answer["kind"] == "APIGroupDiscoveryList"
        return frozenset(_rows(answer, _aggregated_rows if self._aggregated else _group_rows))

    def _list(self, group: str, version: str) -> Iterator[tuple[str, str, str]]:
        response = self._api.request("GET", f"/apis/{group}/{version}")
        if response.status >= 300:
            self._allowed = False
            _demand_forbidden(response)
            return iter(())
        resources = _rows(_parse(response, "APIResourceList"), _resource_names)
        return iter([(group, version, name) for name in resources])


def _demand_forbidden(response: Response) -> None:
    """What else than "you may not" discovery answers: there is no telling what is served."""
    error = failure(response, "get", _GROUPS, None)
    if isinstance(error, Forbidden):
        return
    raise (
        error if isinstance(error, CannotLook) else Unreachable(f"the API server does not say what it serves: {error}")
    )


def _parse(response: Response, *kinds: str) -> dict[str, Any]:
    answer = json_object(response.body)
    if answer is None or answer.get("kind") not in kinds:
        raise Unreachable("what answers is not a Kubernetes API server: it does not say what it serves")
    return answer


def _rows(answer: dict[str, Any], rows: Callable[[dict[str, Any]], Iterable[T]]) -> list[T]:
    try:
        return list(rows(answer))
    except (KeyError, TypeError, AttributeError):
        raise Unreachable("what answers is not a Kubernetes API server: its discovery is malformed") from None


def _aggregated_rows(answer: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    for group in answer.get("items") or ():
        for version in group.get("versions") or ():
            for resource in version.get("resources") or ():
                yield group["metadata"]["name"], version["version"], resource["resource"]


def _group_rows(answer: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    for group in answer.get("groups") or ():
        for version in group.get("versions") or ():
            yield group["name"], version["version"], ""


def _resource_names(answer: dict[str, Any]) -> Iterator[str]:
    for resource in answer.get("resources") or ():
        yield resource["name"]
