"""Who else keeps an object: a GitOps controller, Helm, an operator. They would take a change by hand back.

By the labels and annotations that they set, by ownerReferences, and by the field managers in managedFields.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from kubectl_mtls.model.reading import Manifest


@dataclass(frozen=True, slots=True)
class Manager:
    """One keeper. `reverts` False: only when somebody runs it again (kubectl apply, helm upgrade).

    `source` is the object that it keeps this one from, as `certificate/partner`; None where the sign does not say.
    """

    name: str
    sign: str
    source: str | None = None

    @property
    def reverts(self) -> bool:
        """Whether it takes changes back by itself."""
        return self.name not in _RUN_BY_HAND


CERT_MANAGER, EXTERNAL_SECRETS, SEALED_SECRETS = "cert-manager", "External Secrets", "Sealed Secrets"
TRUST_MANAGER = "trust-manager"
_ARGO, _FLUX, _HELM = "Argo CD", "Flux", "Helm"
_MARKS = {
    "argocd.argoproj.io/instance": (_ARGO, "application"),
    "argocd.argoproj.io/tracking-id": (_ARGO, "application"),
    "kustomize.toolkit.fluxcd.io/name": (_FLUX, "kustomization"),
    "helm.toolkit.fluxcd.io/name": (_FLUX, "helmrelease"),
    "meta.helm.sh/release-name": (_HELM, "release"),
    "cert-manager.io/certificate-name": (CERT_MANAGER, "certificate"),
    "reconcile.external-secrets.io/data-hash": (EXTERNAL_SECRETS, None),
    "reconcile.external-secrets.io/managed": (EXTERNAL_SECRETS, None),
    "sealedsecrets.bitnami.com/managed": (SEALED_SECRETS, None),
    "trust.cert-manager.io/bundle": (TRUST_MANAGER, "bundle"),
}
_FIELD_MANAGERS = {
    "argocd-controller": _ARGO,
    "argocd-application-controller": _ARGO,
    "kustomize-controller": _FLUX,
    "helm-controller": _FLUX,
    "helm": _HELM,
    "kapp-controller": "kapp-controller",
    "fleetagent": "Fleet",
}
_FIELD_MANAGER_PREFIXES = {"cert-manager-": CERT_MANAGER, "externalsecrets.external-secrets.io": EXTERNAL_SECRETS}
_OWNERS = {"Certificate": CERT_MANAGER, "ExternalSecret": EXTERNAL_SECRETS, "SealedSecret": SEALED_SECRETS}
_RUN_BY_HAND = (_HELM,)


def managers_of(manifest: Manifest) -> tuple[Manager, ...]:
    """Each keeper once, by its first sign; by one that names its source where there is such a sign."""
    found: dict[str, Manager] = {}
    for manager in _signs(manifest.get("metadata") or {}):
        known = found.setdefault(manager.name, manager)
        if known.source is None and manager.source is not None:
            found[manager.name] = manager
    return tuple(found.values())


def _signs(metadata: Mapping[str, Any]) -> Iterator[Manager]:
    for kind in ("labels", "annotations"):
        marks = metadata.get(kind) or {}
        for mark, (name, source) in _MARKS.items():
            if mark in marks:
                named = str(marks[mark]).partition(":")[0]
                yield Manager(
                    name, f"{kind.removesuffix('s')} {mark}", f"{source}/{named}" if source and named else None
                )
        if kind == "labels" and marks.get("app.kubernetes.io/managed-by") == _HELM:
            yield Manager(_HELM, "label app.kubernetes.io/managed-by")
    for owner in metadata.get("ownerReferences") or ():
        if keeper := _OWNERS.get(owner.get("kind", "")):
            source = f"{owner['kind'].lower()}/{owner.get('name', '')}"
            yield Manager(keeper, f"owner {source}", source)
    for entry in metadata.get("managedFields") or ():
        manager = str(entry.get("manager", ""))
        prefixed = (name for prefix, name in _FIELD_MANAGER_PREFIXES.items() if manager.startswith(prefix))
        if keeper := _FIELD_MANAGERS.get(manager) or next(prefixed, None):
            yield Manager(keeper, f"field manager {manager}")
