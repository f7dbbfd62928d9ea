"""The head of `status`: control planes, their MeshConfig, and the CA with what is left of its certificates."""

from collections.abc import Sequence
from datetime import datetime

from kubectl_mtls.certs.certificate import Certificate
from kubectl_mtls.model.control_plane import DEFAULT_NAMESPACE
from kubectl_mtls.model.modes import ServerMode
from kubectl_mtls.posture.cluster.networks import NetworkGateway
from kubectl_mtls.posture.mesh.authority import Authority
from kubectl_mtls.posture.mesh.planes import KNOWN_VERSIONS, Plane
from kubectl_mtls.posture.mesh.status import Status
from kubectl_mtls.posture.mesh.trust import Roots
from kubectl_mtls.render.duration import render_duration
from kubectl_mtls.render.text import escape

_COLUMNS = 100


def render_mesh(status: Status, now: datetime) -> str:
    """MESH and CA, and a note where istiod is older or newer than what answers are compared with."""
    lines = [line for plane in status.planes for line in _filled("MESH", _plane(plane))]
    lines += _filled("CA", _authority(status.authority, status.roots, now))
    for plane in status.planes:
        if plane.istiod is not None and not plane.version_is_known:
            version = plane.istiod.version or "of unknown version"
            known = f"{KNOWN_VERSIONS[0]} to {KNOWN_VERSIONS[-1]}"
            lines.append(f"note  istiod {version} is none of {known}: judged by the rules of the nearest of these")
    return "".join(f"{escape(line)}\n" for line in lines)


def _filled(head: str, parts: Sequence[str]) -> list[str]:
    """The parts behind a head, on as many lines as they need; none is broken."""
    lines = [f"{head:6}{parts[0]}"]
    for part in parts[1:]:
        if len(lines[-1]) + 3 + len(part) <= _COLUMNS:
            lines[-1] += f"   {part}"
        else:
            lines.append(f"{'':6}{part}")
    return lines


def _plane(plane: Plane) -> list[str]:
    unseen = "not readable" if plane.istiod_gap else "not seen"
    version = (plane.istiod.version or "of unknown version") if plane.istiod else unseen
    mesh = plane.mesh
    words = [
        f"istiod {version} ({plane.revision})",
        f"trust domain {mesh.trust_domain}",
        f"auto mTLS {'on' if mesh.auto_mtls else 'OFF'}",
        _default_mode(plane),
    ]
    if mesh.root_namespace != DEFAULT_NAMESPACE:
        words.insert(3, f"root namespace {mesh.root_namespace}")
    if plane.assumed:
        words.append(f"({'MeshConfig not readable' if plane.config_gap else 'no MeshConfig found'}: defaults assumed)")
    if plane.other_networks:
        others = "; ".join(_network(name, gateways) for name, gateways in plane.other_networks)
        words.append(f"network {plane.network or 'without a name'}, beside {others}: endpoints there are not seen")
    return words


def _network(name: str, gateways: Sequence[NetworkGateway]) -> str:
    return f"{name} by {', '.join(one.shown for one in gateways)}" if gateways else f"{name} (no gateway)"


def _default_mode(plane: Plane) -> str:
    if plane.default_mode is None:
        return "default UNKNOWN"
    by = "no policy" if plane.policy is None else plane.policy.metadata.ref.full
    if plane.policy is not None and plane.policy.mode is ServerMode.UNSET:
        by += " says UNSET"
    return f"default {plane.default_mode.value} ({by})"


def _authority(authority: Authority, roots: Roots, now: datetime) -> list[str]:
    name = authority.kind.value + (f" ({authority.detail})" if authority.detail else "")
    words = [name + (" (told by its root)" if authority.by_root else "")]
    if authority.intermediate is not None:
        words.append(_chain(authority.chain, now))
        if authority.inspection and authority.inspection.istiod.error:
            words.append(f"istiod: {authority.inspection.istiod.error}")
    elif authority.ends_at is not None:
        words.append(f"signing certificate {_left(authority.ends_at, now)} (istiod's metric)")
    else:
        words.append("signing certificate not read (--read-ca)")
    if roots.gap:
        words.append(f"root in use not readable (other copies, not compared: {roots.total})")
    elif roots.certificates:
        words.append(f"root {_left(min(root.not_after for root in roots.certificates), now)}")
        equal = roots.total - len(roots.differing)
        words.append(f"root copies {equal} of {roots.total} equal")
    else:
        words.append("root unknown (no configmap/istio-ca-root-cert seen)")
    return words


def _chain(chain: Sequence[Certificate], now: datetime) -> str:
    """The signing certificate and what is between it and the root, which is said of the roots in use."""
    signing, *above = chain
    words = [f"signing certificate {_left(signing.not_after, now)}"]
    words += [f"under {one.subject.short}, {_left(one.not_after, now)}" for one in above if not one.self_issued]
    return " ".join(words)


def _left(end: datetime, now: datetime) -> str:
    return f"{render_duration(end - now)} left" if end > now else f"EXPIRED {render_duration(now - end)} ago"
