"""What is a rule, and what does it read?

A rule's module holds its documentation (docstring), `RULE` and `check(view)`. Rules do not filter, sort, print, look at
the clock or call each other.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from kubectl_mtls.certs.layout import SIGNING_SECRETS
from kubectl_mtls.model.control_plane import revision_of_config_map
from kubectl_mtls.model.finding import Finding, Severity
from kubectl_mtls.model.gap import Gap
from kubectl_mtls.model.kind import (
    AUTHORIZATION_POLICY,
    BACKEND_TLS_POLICY,
    CONFIG_MAP,
    DESTINATION_RULE,
    ENDPOINT_SLICE,
    ENVOY_FILTER,
    GATEWAY,
    GATEWAY_CLASS,
    KUBERNETES_GATEWAY,
    PEER_AUTHENTICATION,
    POD,
    REFERENCE_GRANT,
    SECRET,
    SERVICE,
    SERVICE_ENTRY,
    SIDECAR,
    VIRTUAL_SERVICE,
    WORKLOAD_ENTRY,
    Kind,
)
from kubectl_mtls.model.metadata import Metadata
from kubectl_mtls.model.origin import Origin
from kubectl_mtls.model.ref import Ref
from kubectl_mtls.model.root_copy import ROOT_CONFIG_MAP


@dataclass(frozen=True, slots=True)
class Named:
    """Objects (in whatever namespace) that a rule reads by their name: gaps of other names do not blind it."""

    kind: Kind
    is_meant: Callable[[str], bool]


def _is_mesh_config(name: str) -> bool:
    """Of any revision: each may have a root namespace of its own."""
    return name != ROOT_CONFIG_MAP and revision_of_config_map(name) is not None


MESH_CONFIG = Named(CONFIG_MAP, _is_mesh_config)
ROOT_COPIES = Named(CONFIG_MAP, ROOT_CONFIG_MAP.__eq__)
SIGNING_CA = Named(SECRET, SIGNING_SECRETS.__contains__)
CREDENTIALS = Named(SECRET, lambda name: name not in SIGNING_SECRETS)
CONNECTIONS: tuple[Kind | Named, ...] = (
    PEER_AUTHENTICATION,
    SERVICE,
    POD,
    ENDPOINT_SLICE,
    MESH_CONFIG,
    DESTINATION_RULE,
    SERVICE_ENTRY,
    WORKLOAD_ENTRY,
    SIDECAR,
    VIRTUAL_SERVICE,
    AUTHORIZATION_POLICY,
    GATEWAY,
    KUBERNETES_GATEWAY,
    GATEWAY_CLASS,
    REFERENCE_GRANT,
    BACKEND_TLS_POLICY,
    ENVOY_FILTER,
)
"""All that connections depend on."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. `name` names the fault and reads well after "allow"; without what `reads` names it is blind.

    `doc` is its module's docstring; empty under python -OO.
    """

    code: str
    name: str
    severity: Severity
    summary: str
    reads: tuple[Kind | Named, ...]
    doc: str = field(repr=False)

    def blinded_by(self, gap: Gap) -> bool:
        """Whether something that the rule reads may hide behind this gap."""
        return any(
            gap.kind == (one.kind if isinstance(one, Named) else one)
            and (not isinstance(one, Named) or gap.name is None or one.is_meant(gap.name))
            for one in self.reads
        )

    def finding(
        self,
        metadata: Metadata | None,
        field: str,
        message: str,
        fix: str | None = None,
        *,
        severity: Severity | None = None,
        ref: Ref | None = None,
        origin: Origin | None = None,
    ) -> Finding:
        """A finding of this rule about a field of an object, with the field's place and last change.

        `ref` is what is wrong where that is not the object that was read (the workload of a pod), `origin` its place.
        """
        return Finding(
            code=self.code,
            name=self.name,
            severity=severity or self.severity,
            object=ref or (metadata.ref if metadata else None),
            field=field,
            message=message,
            fix=fix,
            changed=metadata.changed(field) if metadata and field else None,
            origin=origin or (metadata.origin if metadata else None),
        )
