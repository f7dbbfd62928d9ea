"""What does it mean for a change that somebody else keeps the object? Sentences for a plan."""

from kubectl_mtls.model.managers import managers_of
from kubectl_mtls.model.metadata import LAST_APPLIED
from kubectl_mtls.model.reading import Manifest


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
