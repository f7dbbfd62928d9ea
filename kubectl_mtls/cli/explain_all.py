"""`explain --all`: every client to everything that it can name, for audits and machines."""

from collections.abc import Iterator

from kubectl_mtls.cli.explain_reading import read_connections
from kubectl_mtls.cli.scope import Scope
from kubectl_mtls.posture.client.client_class import Classifier
from kubectl_mtls.posture.cluster.outbound import Outbound
from kubectl_mtls.posture.connection.connections import Connections
from kubectl_mtls.posture.connection.explanation import Explainer, Group
from kubectl_mtls.render.explain_json import (
    class_object,
    client_object,
    connection_object,
    dump,
    item_text,
    stream_items,
)
from kubectl_mtls.render.structured import API_VERSION


def answer_all(scope: Scope, *, by_class: bool) -> int:
    """Written as it is worked out: the answer of a big mesh is never held as a whole."""
    snapshot, namespaces = read_connections(scope, None), scope.namespaces()
    connections = Connections(Outbound(snapshot))
    pods = [snapshot.pods[key] for key in sorted(snapshot.pods) if namespaces is None or key[0] in namespaces]
    if not pods:
        scope.session.tell("no pod found: nobody calls")
    classes = Classifier(connections.outbound).group(pods)
    groups = [Group(client, tuple(found)) for client, found in classes.items()]
    head = f'{{"apiVersion":"{API_VERSION}","kind":"Explanations","items":[\n'
    for piece in stream_items(head, _texts(Explainer(connections), groups, by_class=by_class), "\n]}\n"):
        scope.session.answer(piece)
    return 0


def _texts(explainer: Explainer, groups: list[Group], *, by_class: bool) -> Iterator[str]:
    for group in groups:
        rests = [dump(connection_object(one.connection, one.decisions)) for one in explainer.every(group)]
        clients = [class_object(group.client, group.pods)] if by_class else map(client_object, group.pods)
        for client in clients:
            for rest in rests:
                yield item_text(client, rest)
