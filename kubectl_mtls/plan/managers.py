"""Who else keeps an object: a GitOps controller, Helm, an operator. They would take a change by hand back.

By the labels and annotations that they set, by ownerReferences, and by the field managers in managedFields.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from kubectl_mtls.model.metadata import LAST_APPLIED
from kubectl_mtls.model.reading import Manifest


@dataclass(frozen=True, slots=True)
class Manager:
    """One keeper. `reverts` False: only when somebody runs it again (kubectl apply, helm upgrade)."""

    name: str
    sign: str
    reverts: bool = True


_MARKS = {
    "argocd.argoproj.io/instance": "Argo CD",
    "argocd.argoproj.io/tracking-id": "Argo CD",
    "kustomize.toolkit.fluxcd.io/name": "Flux",
    "helm.toolkit.fluxcd.io/name": "Flux",
    "meta.helm.sh/release-name": "Helm",
    "cert-manager.io/certificate-name": "cert-manager",
    "reconcile.external-secrets.io/data-hash": "External Secrets",
    "reconcile.external-secrets.io/managed": "External Secrets",
    "sealedsecrets.bitnami.com/managed": "Sealed Secrets",
}
_FIELD_MANAGERS = {
    "argocd-controller": "Argo CD",
    "argocd-application-controller": "Argo CD",
    "kustomize-controller": "Flux",
    "helm-controller": "Flux",
    "helm": "Helm",
    "kapp-controller": "kapp-controller",
    "fleetagent": "Fleet",
}
_FIELD_MANAGER_PREFIXES = {"cert-manager-": "cert-manager", "externalsecrets.external-secrets.io": "External Secrets"}
_OWNERS = {
    "Certificate": "cert-manager",
    "ExternalSecret": "External Secrets",
    "SealedSecret": "Sealed Secrets",
}
_RUN_BY_HAND = ("Helm",)


def managers_of(manifest: Manifest) -> tuple[Manager, ...]:
    """Each keeper once, by its first sign."""
    found: dict[str, Manager] = {}
    for name, sign in _signs(manifest.get("metadata") or {}):
        found.setdefault(name, Manager(name, sign, name not in _RUN_BY_HAND))
    return tuple(found.values())


def manager_notes(manifest: Manifest) -> tuple[str, ...]:
    """A sentence for each keeper that would take a change back."""
    notes = [
        f"kept by {manager.name} ({manager.sign}): "
        + ("it will revert this" if manager.reverts else "its next upgrade may revert this")
        + "; change it at its source (-o yaml prints the manifest)"
        for manager in managers_of(manifest)
    ]
    return tuple(notes) or applied_note(manifest)


def applied_note(manifest: Manifest) -> tuple[str, ...]:
    """A sentence where the object comes from a file, by kubectl apply."""
    if LAST_APPLIED not in ((manifest.get("metadata") or {}).get("annotations") or {}):
        return ()
    return ("made by kubectl apply: the next apply of its file reverts this, so change the file too",)


def _signs(metadata: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for kind in ("labels", "annotations"):
        marks = metadata.get(kind) or {}
        for mark, name in _MARKS.items():
            if mark in marks:
                yield name, f"{kind.removesuffix('s')} {mark}"
        if kind == "labels" and marks.get("app.kubernetes.io/managed-by") == "Helm":
            yield "Helm", "label app.kubernetes.io/managed-by"
    for owner in metadata.get("ownerReferences") or ():
        if keeper := _OWNERS.get(owner.get("kind", "")):
            yield keeper, f"owner {owner['kind'].lower()}/{owner.get('name', '')}"
    for entry in metadata.get("managedFields") or ():
        manager = str(entry.get("manager", ""))
        prefixed = (name for prefix, name in _FIELD_MANAGER_PREFIXES.items() if manager.startswith(prefix))
        if keeper := _FIELD_MANAGERS.get(manager) or next(prefixed, None):
            yield keeper, f"field manager {manager}"
