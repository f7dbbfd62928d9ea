"""The snapshot as it would be after a change: what effects are resolved on."""

from dataclasses import replace

from kubectl_mtls.model.destination_rule import DestinationRule, parse_destination_rule
from kubectl_mtls.model.kind import DESTINATION_RULE, PEER_AUTHENTICATION
from kubectl_mtls.model.origin import ApiOrigin
from kubectl_mtls.model.peer_authentication import PeerAuthentication, parse_peer_authentication
from kubectl_mtls.model.reading import Document, Manifest
from kubectl_mtls.model.ref import Ref
from kubectl_mtls.model.reject import Reject
from kubectl_mtls.model.snapshot import Snapshot


def after_change(snapshot: Snapshot, ref: Ref, manifest: Manifest | None) -> Snapshot:
    """The snapshot with this object in the given form; None takes it away. Only policies and rules can change."""
    before = snapshot.documents.get(ref)
    documents = {key: document for key, document in snapshot.documents.items() if key != ref}
    rejects = tuple(reject for reject in snapshot.rejects if reject.metadata.ref != ref)
    policies = [policy for policy in snapshot.peer_authentications if policy.metadata.ref != ref]
    rules = [rule for rule in snapshot.destination_rules if rule.metadata.ref != ref]
    if manifest is not None:
        document = Document(manifest, before.origin if before else ApiOrigin())
        documents[ref] = document
        match _parse(ref, document):
            case PeerAuthentication() as policy:
                policies.append(policy)
            case DestinationRule() as rule:
                rules.append(rule)
            case Reject() as reject:
                rejects = (*rejects, reject)
            case None:
                pass
    return replace(
        snapshot,
        documents=documents,
        rejects=rejects,
        peer_authentications=tuple(sorted(policies, key=lambda policy: policy.metadata.age_order)),
        destination_rules=tuple(sorted(rules, key=lambda rule: rule.metadata.age_order)),
    )


def _parse(ref: Ref, document: Document) -> PeerAuthentication | DestinationRule | Reject | None:
    if ref.kind == PEER_AUTHENTICATION:
        return parse_peer_authentication(document)
    return parse_destination_rule(document) if ref.kind == DESTINATION_RULE else None
