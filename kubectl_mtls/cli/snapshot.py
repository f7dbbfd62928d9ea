"""`kubectl mtls snapshot`: what the reading commands read, as a file that they accept in the cluster's place."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

import orjson

from kubectl_mtls.cli.essentials import demand_namespaces, demand_services
from kubectl_mtls.cli.gather import read_mesh
from kubectl_mtls.cli.gather_secrets import SecretsWanted, read_secrets
from kubectl_mtls.cli.options import NoSecrets, ReadCa, scoped
from kubectl_mtls.cli.scope import Scope
from kubectl_mtls.cli.surroundings import AROUND_SECRETS, with_surroundings
from kubectl_mtls.errors import MtlsError
from kubectl_mtls.model import kind as kinds
from kubectl_mtls.model.gap import Gap
from kubectl_mtls.model.kind import KINDS
from kubectl_mtls.model.kubernetes_gateway import API_GROUP
from kubectl_mtls.model.ref import Ref
from kubectl_mtls.model.snapshot_info import SnapshotInfo, snapshot_info_manifest
from kubectl_mtls.posture.mesh.redaction import redact
from kubectl_mtls.render.manifests import render_manifests
from kubectl_mtls.version import VERSION

_EVERYWHERE = (kinds.PEER_AUTHENTICATION, kinds.ENVOY_FILTER)
_ROUTING = (".istio.io", API_GROUP)
_ALSO = tuple(kind for kind in KINDS if kind.group.endswith(_ROUTING) and kind not in _EVERYWHERE)
_IN_NAMESPACES = (kinds.NAMESPACE, kinds.POD, kinds.SERVICE, kinds.ENDPOINT_SLICE)
_OF_PLANES = (kinds.MUTATING_WEBHOOK, kinds.DEPLOYMENT, kinds.CONFIG_MAP, kinds.SECRET)
_READ = frozenset((*_IN_NAMESPACES, *_OF_PLANES, *_EVERYWHERE, *_ALSO, *AROUND_SECRETS))


@scoped()
def snapshot(
    scope: Scope,
    read_ca: ReadCa = False,
    no_secrets: NoSecrets = False,
) -> int:
    """Write what the reading commands read, as YAML that -f accepts: for post-mortems and bug reports.

    Nothing secret is in it: of a private key only the fingerprint of its public half, of other Secret values only
    certificates, no environment, commands or arguments of containers. Secrets are read by name, those that a
    DestinationRule or Gateway names. What may not be read is written down, so that it stays UNKNOWN.
    """
    wanted = SecretsWanted(no_secrets, read_ca)
    source, namespaces, now = scope.source(), scope.namespaces(), scope.moment(None)
    found = read_mesh(
        source,
        namespaces,
        scope.istio_namespace,
        live=scope.live,
        also=_ALSO,
    )
    if scope.live:
        demand_services(found)
    demand_namespaces(found, namespaces)
    found = read_secrets(source, found, namespaces, wanted, live=scope.live)
    found = with_surroundings(scope, source, found, namespaces)
    manifests = (redact(ref, found.documents[ref]) for ref in sorted(found.documents, key=_order))
    info = _info(scope, now, namespaces, found.gaps, no_secrets=no_secrets)
    scope.session.answer(render_manifests((*info, *manifests)))
    return 0


def _order(ref: Ref) -> tuple[int, str, str]:
    """Two snapshots of the same objects are the same text."""
    return KINDS.index(ref.kind), ref.namespace, ref.name


def _info(
    scope: Scope, now: datetime, namespaces: tuple[str, ...] | None, gaps: Sequence[Gap], *, no_secrets: bool
) -> Iterator[dict[str, Any]]:
    """What the snapshot says of itself. Manifests stay manifests: only what was read in a cluster is a snapshot."""
    known = None if scope.live else scope.source().read([]).info
    if scope.live:
        known = SnapshotInfo(now, _server_version(scope), namespaces, _READ)
    if known is not None:
        read = known.kinds - ({kinds.SECRET} if no_secrets else set())
        kept = dict.fromkeys((*known.gaps, *gaps))
        info = SnapshotInfo(known.taken_at, known.server_version, namespaces, frozenset(read), tuple(kept))
        yield snapshot_info_manifest(info, VERSION)


def _server_version(scope: Scope) -> str:
    """What the API server calls itself; empty when it does not say."""
    try:
        response = scope.api.request("GET", "/version")
        answer = orjson.loads(response.body) if response.status == 200 else {}
    except (MtlsError, orjson.JSONDecodeError):
        return ""
    version = answer.get("gitVersion") if isinstance(answer, dict) else None
    return version if isinstance(version, str) else ""
