"""Which Impersonate-* headers a user entry asks for (client-go `transport/round_trippers.go`)."""

from typing import Any
from urllib.parse import quote

from kubectl_mtls.errors import InvalidInput
from kubectl_mtls.kube.kubeconfig import Entry, text_of

_HEADER_CHARACTERS = "!#$&'*+-.^_`|~"


def impersonation_headers(user: Entry, who: str) -> tuple[tuple[str, str], ...]:
    """The headers in the order client-go sends them; a name may repeat. `who` names the entry in errors.

    Raises InvalidInput for groups, uid or extra without a user to impersonate, and for values of a wrong shape.
    """
    name, uid = text_of(user, "as", who), text_of(user, "as-uid", who)
    groups = _strings(user.get("as-groups"), "as-groups", who)
    extra = user.get("as-user-extra") or {}
    if not isinstance(extra, dict):
        raise InvalidInput(f"as-user-extra in {who} must be a mapping of lists")
    if not name:
        if uid or groups or extra:
            raise InvalidInput(f"{who} asks for a uid, groups or extra fields without a user to impersonate")
        return ()
    headers = [("Impersonate-User", name)] + ([("Impersonate-Uid", uid)] if uid else [])
    headers += [("Impersonate-Group", group) for group in groups]
    for key, values in extra.items():
        header = "Impersonate-Extra-" + quote(_on_the_wire(str(key), who), safe=_HEADER_CHARACTERS, encoding="latin-1")
        headers += [(header, value) for value in _strings(values, "as-user-extra", who)]
    return tuple((header, _on_the_wire(value, who)) for header, value in headers)


def _on_the_wire(value: str, who: str) -> str:
    """The value as http.client must be given it so that UTF-8 is sent, as Go does."""
    if any(ord(character) < 32 or ord(character) == 127 for character in value):
        raise InvalidInput(f"{who} asks to impersonate a name with control characters")
    try:
        return value.encode().decode("latin-1")
    except UnicodeEncodeError:
        raise InvalidInput(f"{who} asks to impersonate a name that is not UTF-8") from None


def _strings(value: Any, key: str, who: str) -> list[str]:
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise InvalidInput(f"{key} in {who} must be a list of strings")
    return value
