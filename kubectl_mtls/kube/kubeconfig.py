"""What the kubeconfig files say, read and merged as kubectl does it (client-go `tools/clientcmd/loader.go`).

`--kubeconfig FILE` is read alone and must exist; else the list in KUBECONFIG; else `~/.kube/config`. Missing and empty
files are skipped. The first file that has a cluster, user or context of a name wins whole; so does the first
`current-context`. Relative paths inside a file start at that file's folder.
"""

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from kubectl_mtls.errors import InvalidInput

Entry = Mapping[str, Any]

_Loader: type[yaml.SafeLoader] | type[yaml.CSafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_PATH_KEYS = ("certificate-authority", "client-certificate", "client-key", "tokenFile")


@dataclass(frozen=True, slots=True)
class Kubeconfig:
    """The merged files: entries by name, paths absolute. `files` are those that were read. Never shown: holds keys."""

    files: tuple[str, ...] = ()
    current_context: str = ""
    clusters: Mapping[str, Entry] = field(default_factory=dict, repr=False)
    users: Mapping[str, Entry] = field(default_factory=dict, repr=False)
    contexts: Mapping[str, Entry] = field(default_factory=dict, repr=False)


def read_kubeconfig(explicit: str | None, environ: Mapping[str, str]) -> Kubeconfig:
    """Read and merge the files that the flag `--kubeconfig` or the environment names.

    Raises InvalidInput for a file that cannot be read or is no kubeconfig, and for an explicit file that is missing.
    """
    if explicit and not os.path.exists(explicit):
        raise InvalidInput(f"the kubeconfig {explicit} does not exist")
    parsed = [
        (path, document)
        for path in ([explicit] if explicit else _paths(environ))
        if (document := _read_file(path)) is not None
    ]
    return Kubeconfig(
        files=tuple(path for path, _ in parsed),
        current_context=next((text for p, d in parsed if (text := text_of(d, "current-context", p))), ""),
        clusters=_merge(parsed, "clusters", "cluster"),
        users=_merge(parsed, "users", "user"),
        contexts=_merge(parsed, "contexts", "context"),
    )


def text_of(entry: Entry, key: str, where: str) -> str:
    """The string under `key`, empty when absent or null. Raises InvalidInput for any other type, without its value."""
    value = entry.get(key)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise InvalidInput(f"{key} in {where} must be a string, not a {type(value).__name__}", "quote it")
    return value


def _paths(environ: Mapping[str, str]) -> Iterable[str]:
    listed = environ.get("KUBECONFIG", "")
    if listed:
        return dict.fromkeys(path for path in listed.split(os.pathsep) if path)
    home = environ.get("HOME") or environ.get("USERPROFILE", "")
    return [str(Path(home, ".kube", "config"))] if home else []


def _read_file(path: str) -> Entry | None:
    try:
        text = Path(path).read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise InvalidInput(f"the kubeconfig {path} cannot be read: {error.strerror}") from None
    try:
        document = next(iter(yaml.load_all(text, Loader=_Loader)), None)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        at = f" at line {mark.line + 1}" if mark else ""
        raise InvalidInput(f"the kubeconfig {path} is not valid YAML{at}") from None
    if document is None:
        return None
    if not isinstance(document, dict):
        raise InvalidInput(f"the kubeconfig {path} is not a kubeconfig: it holds no mapping")
    if document.get("kind", "Config") != "Config":
        raise InvalidInput(f"the kubeconfig {path} is not a kubeconfig: its kind is {document['kind']}")
    return document


def _merge(parsed: Iterable[tuple[str, Entry]], plural: str, singular: str) -> dict[str, Entry]:
    merged: dict[str, Entry] = {}
    for path, document in parsed:
        for name, entry in _entries(path, document.get(plural), plural, singular):
            merged.setdefault(name, entry)
    return merged


def _entries(path: str, items: object, plural: str, singular: str) -> Iterable[tuple[str, Entry]]:
    if items is None:
        return
    if not isinstance(items, list):
        raise InvalidInput(f"{plural} in the kubeconfig {path} must be a list")
    seen = set()
    for item in items:
        if not isinstance(item, dict) or not isinstance(item.get(singular) or {}, dict):
            raise InvalidInput(f"{plural} in the kubeconfig {path} must hold mappings with name and {singular}")
        name = text_of(item, "name", f"{plural} of the kubeconfig {path}")
        if name in seen:
            raise InvalidInput(f"the kubeconfig {path} has two {plural} named {name}")
        seen.add(name)
        yield name, _absolute(item.get(singular) or {}, path, f"{singular} {name} of the kubeconfig {path}")


def _absolute(entry: Entry, path: str, where: str) -> Entry:
    """The entry with its paths resolved; a plugin's command only when it is a path at all, as in client-go."""
    folder = Path(path).absolute().parent
    resolved = dict(entry)
    for key in _PATH_KEYS:
        if value := text_of(entry, key, where):
            resolved[key] = str(folder / value)
    plugin = entry.get("exec")
    if isinstance(plugin, dict) and os.sep in (command := text_of(plugin, "command", where)):
        resolved["exec"] = {**plugin, "command": str(folder / command)}
    return resolved
