"""A mesh's answers beside those of istiod's own code: every difference as one line."""

import gzip
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

from kubectl_mtls.model.assembly import build_snapshot
from kubectl_mtls.model.document import parse_objects
from kubectl_mtls.model.proxy import Proxy
from kubectl_mtls.model.reading import Document, Reading
from kubectl_mtls.model.snapshot import Snapshot
from kubectl_mtls.posture.cluster.cluster import Cluster, ClusterType
from kubectl_mtls.posture.cluster.outbound import Outbound, distinct_ports
from kubectl_mtls.posture.server.server import Policies, resolve_server
from kubectl_mtls.posture.server.services import mode_word

FOLDER = Path(__file__).parent / "server"
NAKED = {"naked": True}
Answer = dict[str, Any]


@cache
def lines(path: Path) -> list[Answer]:
    with gzip.open(path) as file:
        return [json.loads(line) for line in file]


def cases() -> list[tuple[Answer, Answer]]:
    """Questions and answers of the meshes that are kept here."""
    return list(zip(lines(FOLDER / "cases-random.jsonl.gz"), lines(FOLDER / "answers-random.jsonl.gz"), strict=True))


def snapshot_of(text: str) -> Snapshot:
    documents = tuple(Document(value, origin) for value, origin in parse_objects(text, "mesh.yaml"))
    return build_snapshot(Reading(documents), live=True)


def differences(text: str, answer: Answer) -> Iterator[str]:
    """What the program says of a mesh and istiod does not, both sides of connections."""
    snapshot = snapshot_of(text)
    yield from server_differences(snapshot, answer["server"])
    yield from client_differences(Outbound(snapshot), answer["client"])


def server_differences(snapshot: Snapshot, answers: Iterable[Answer]) -> Iterator[str]:
    policies = Policies(snapshot)
    for one in answers:
        namespace, _, name = one["pod"].partition("/")
        found = mode_word(resolve_server(policies, snapshot.pods[namespace, name], one["port"]))
        if found != one["mode"]:
            yield f"{one['pod']} port {one['port']} accepts {found}, istiod says {one['mode']}"


def client_differences(outbound: Outbound, answers: Iterable[Answer]) -> Iterator[str]:
    for (client, host, port), wanted in _by_question(answers).items():
        namespace, _, name = client.partition("/")
        if outbound.snapshot.pods[namespace, name].proxy is Proxy.NONE:
            found: Any = NAKED
        else:
            found = {one.subset: _resolved(one) for one in _clusters(outbound, client, host, port)}
        if found != wanted:
            yield f"{client} to {host}:{port} sends {found}, istiod says {wanted}"


def _by_question(answers: Iterable[Answer]) -> dict[tuple[str, str, int], Answer]:
    expected: dict[tuple[str, str, int], Answer] = defaultdict(dict)
    for one in answers:
        asked = (one["client"], one["host"], one["port"])
        if one.get("naked"):
            expected[asked] = NAKED
        elif one["missing"]:
            expected[asked] = {}
        else:
            expected[asked][one["subset"]] = _programmed(one)
    return expected


def _clusters(outbound: Outbound, client: str, host: str, port: int) -> Iterator[Cluster]:
    namespace, _, name = client.partition("/")
    pod = outbound.snapshot.pods[namespace, name]
    gateway, settings = pod.proxy is Proxy.GATEWAY, outbound.settings_of(pod.revision)
    known = outbound.scope(settings, namespace, pod.labels, gateway=gateway).hosts.get(host)
    for one in distinct_ports(known) if known else ():
        if known and one.number == port:
            rule = outbound.choose(settings, namespace, pod.labels, known).rule
            yield from outbound.clusters(settings, known, one, rule, gateway=gateway)


def _resolved(cluster: Cluster) -> Answer:
    sent = sorted({(one.endpoint.shown, one.wire.value) for one in cluster.sent})
    return {
        "type": cluster.type.value,
        "rules": [f"{r.metadata.namespace}/{r.metadata.name}" for r in (cluster.rule.rules if cluster.rule else ())],
        "sent": [("*", cluster.wire.value)] if cluster.type is ClusterType.ORIGINAL_DST else sent,
    }


def _programmed(answer: Answer) -> Answer:
    return {
        "type": answer["clusterType"],
        "rules": answer.get("from", []),
        "sent": sorted((one["address"], one["wire"]) for one in answer["endpoints"]),
    }
