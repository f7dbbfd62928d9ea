"""Who can be told apart as a client? Pods that no rule, Sidecar or exportTo distinguishes are one class."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from kubectl_mtls.model.outbound_capture import CAPTURES_ALL, OutboundCapture, parse_outbound_capture
from kubectl_mtls.model.pod import Pod
from kubectl_mtls.model.proxy import Proxy
from kubectl_mtls.model.proxy_files import ProxyFiles
from kubectl_mtls.model.selector import Labels
from kubectl_mtls.model.snapshot import Snapshot
from kubectl_mtls.posture.client.settings import Settings
from kubectl_mtls.posture.cluster.outbound import Outbound


@dataclass(frozen=True, slots=True)
class ClientClass:
    """What a client's answers depend on. `labels` are only those that some selector looks at.

    `capture` is what iptables send to the proxy: what goes elsewhere is as of a client without one. `files` are the
    proxy's own, where it presents any (2.4).
    """

    namespace: str
    proxy: Proxy
    settings: Settings
    labels: tuple[tuple[str, str], ...]
    capture: OutboundCapture = CAPTURES_ALL
    files: ProxyFiles | None = None

    @property
    def is_gateway(self) -> bool:
        """Whether the proxy is a router: no Sidecar holds for it, and it never passes addresses through."""
        return self.proxy in (Proxy.GATEWAY, Proxy.WAYPOINT)

    @property
    def label_map(self) -> Labels:
        """The labels as selectors take them."""
        return dict(self.labels)


class Classifier:
    """Puts pods into classes."""

    def __init__(self, outbound: Outbound) -> None:
        self._outbound = outbound
        self._keys: dict[str, set[str]] = defaultdict(set)
        self._found: dict[object, tuple[Pod, ClientClass]] = {}
        snapshot = outbound.snapshot
        for rule in snapshot.destination_rules:
            self._keys[rule.metadata.namespace].update(rule.match_labels or ())
        for sidecar in snapshot.sidecars:
            self._keys[sidecar.metadata.namespace].update(sidecar.match_labels or ())
        self._filter_keys = {key for one in snapshot.envoy_filters for key in one.match_labels}
        self._settings: dict[str | None, Settings] = {}

    def of(self, pod: Pod) -> ClientClass:
        """The class of a pod; pods of one workload are looked at once."""
        key = pod.alike
        found = self._found.get(key)
        if found is None:
            found = self._found[key] = (pod, self._classify(pod))  # the pod is kept: its ids stay its own
        return found[1]

    def _classify(self, pod: Pod) -> ClientClass:
        namespace, labels = pod.metadata.namespace, pod.labels
        keys = sorted(key for key in (*self._keys.get(namespace, ()), *self._filter_keys) if key in labels)
        settings = self._outbound.settings_of(pod.revision)
        return ClientClass(
            namespace,
            Proxy.SIDECAR if pod.proxy.is_sidecar else pod.proxy,
            settings,
            tuple((key, labels[key]) for key in dict.fromkeys(keys)),
            parse_outbound_capture(pod.metadata.annotations) if pod.proxy.is_sidecar else CAPTURES_ALL,
            _files(pod, settings) if pod.proxy.is_sidecar or pod.proxy is Proxy.GATEWAY else None,
        )

    def group(self, pods: Iterable[Pod]) -> dict[ClientClass, list[Pod]]:
        """The classes of these pods, each with its pods."""
        found: dict[ClientClass, list[Pod]] = {}
        for pod in pods:
            found.setdefault(self.of(pod), []).append(pod)
        return found


def outside(snapshot: Snapshot, outbound: Outbound) -> ClientClass:
    """A client outside of the cluster or the mesh: no proxy, no namespace."""
    return ClientClass("", Proxy.NONE, outbound.settings_of(snapshot.revision_of(None)), ())


def _files(pod: Pod, settings: Settings) -> ProxyFiles | None:
    """What the pod says, over the mesh's defaults; a change of those reaches proxies when they are injected anew."""
    found = pod.proxy_files.over(settings.proxy_files)
    return found if found.certificate else None
