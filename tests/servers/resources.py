"""How the API server calls things: from apiVersion and kind to a path, and everything that can be listed."""

from dataclasses import dataclass

from tests.servers.client import Client
from tests.servers.manifests import Manifest
from tests.servers.process import wait_until

_DISCOVERY = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"


@dataclass(frozen=True, slots=True)
class Resource:
    """One resource of the API in one version."""

    group: str
    version: str
    plural: str
    kind: str
    namespaced: bool
    verbs: frozenset[str]

    @property
    def api_version(self) -> str:
        return f"{self.group}/{self.version}" if self.group else self.version

    def path(self, namespace: str = "", name: str = "", subresource: str = "") -> str:
        """The URL path of all objects (of a namespace), or of one."""
        parts = ["apis" if self.group else "api", self.api_version]
        parts += ["namespaces", namespace] if namespace and self.namespaced else []
        return "/" + "/".join([*parts, self.plural, *filter(None, (name, subresource))])


class Resources:
    """What the server serves, asked once and again when something is unknown (a CRD that has just come)."""

    def __init__(self, client: Client):
        self._client = client
        self._all: list[Resource] = []

    def of(self, manifest: Manifest) -> Resource:
        """The resource of a manifest; waits a moment for one that is just coming."""
        wanted = (manifest["apiVersion"], manifest["kind"])
        self._wait_for({wanted})
        return next(one for one in self._all if (one.api_version, one.kind) == wanted)

    def wait_for_crds(self, crds: list[Manifest]) -> None:
        """Wait until every served version of these CRDs is in discovery (so it is Established) and answers a list."""
        wanted = {
            (f"{crd['spec']['group']}/{version['name']}", crd["spec"]["names"]["kind"])
            for crd in crds
            for version in crd["spec"]["versions"]
            if version["served"]
        }
        self._wait_for(wanted)
        paths = [one.path() for one in self._all if (one.api_version, one.kind) in wanted]
        wait_until(
            lambda: all(self._client.request("GET", f"{path}?limit=1").ok for path in paths),
            lambda: f"not all of {paths} can be listed",
        )

    def preferred(self) -> list[Resource]:
        """Every resource once, in the version that the server prefers."""
        self._all = self._discover()
        return list({(one.group, one.plural): one for one in reversed(self._all)}.values())

    def _wait_for(self, wanted: set[tuple[str, str]]) -> None:
        def missing() -> set[tuple[str, str]]:
            return wanted - {(one.api_version, one.kind) for one in self._all}

        def look() -> bool:
            if missing():
                self._all = self._discover()
            return not missing()

        wait_until(look, lambda: f"the server does not serve {sorted(missing())}")

    def _discover(self) -> list[Resource]:
        groups = [
            group
            for path in ("/api", "/apis")
            for group in self._client.request("GET", path, accept=_DISCOVERY).must()["items"]
        ]
        return [
            Resource(
                group=group["metadata"].get("name", ""),
                version=version["version"],
                plural=resource["resource"],
                kind=resource["responseKind"]["kind"],
                namespaced=resource["scope"] == "Namespaced",
                verbs=frozenset(resource["verbs"]),
            )
            for group in groups
            for version in group["versions"]
            for resource in version["resources"]
            if resource.get("responseKind", {}).get("kind")
        ]
