"""How a failure looks, in words: to the caller, in the client proxy's log and in the server's."""

from kubectl_mtls.posture.connection.symptom import Symptom


def symptom_parts(symptom: Symptom) -> list[str]:
    """One part for each place where something is seen, the caller's first; to be escaped like any text."""
    parts = [f"{symptom.status} {symptom.caller}".strip()]
    if symptom.flags or symptom.client_log:
        parts.append(f"in the client proxy's log: {f'{symptom.flags} {symptom.client_log}'.strip()}")
    if symptom.server_log:
        parts.append(f"in the server's: {symptom.server_log}")
    return parts
