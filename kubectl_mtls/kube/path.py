"""Where an object or a list of objects is in the API (kubernetes.io/docs/reference/using-api/api-concepts)."""

from urllib.parse import quote

from kubectl_mtls.errors import InvalidInput
from kubectl_mtls.model.kind import Kind


def api_path(kind: Kind, version: str, namespace: str | None = None, name: str | None = None) -> str:
    """The path of one object, or without `name` of a list; `namespace` None lists all namespaces.

    Raises InvalidInput for a name that no object can have because it would lead elsewhere.
    """
    path = f"/apis/{kind.group}/{version}" if kind.group else f"/api/{version}"
    if kind.namespaced and namespace is not None:
        path += f"/namespaces/{_segment(namespace)}"
    path += f"/{kind.plural}"
    return f"{path}/{_segment(name)}" if name is not None else path


def _segment(name: str) -> str:
    if name in ("", ".", "..") or "/" in name or "%" in name or not name.isprintable():
        raise InvalidInput(f"{name!r} is not a name that an object can have")
    return quote(name, safe="")
