"""A cluster for a while: `python -m tests.servers.cluster MANIFESTS --user reader -- COMMAND ...`.

Runs a command with KUBECONFIG pointing at a fresh API server that holds the manifests, and ends as the command ended.
"""

import argparse
import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.servers import access, crds
from tests.servers.api import ApiServer
from tests.servers.etcd import Etcd
from tests.servers.manifests import load_manifests
from tests.servers.process import start_patiently


@contextmanager
def running_etcd() -> Iterator[Etcd]:
    """An etcd in a temporary folder, in which its API servers keep their files too."""
    _make_sigterm_unwind()
    with tempfile.TemporaryDirectory(prefix="kubectl-mtls-") as folder:
        etcd = start_patiently(lambda: Etcd(Path(folder)))
        try:
            yield etcd
        finally:
            etcd.stop()


@contextmanager
def running_api_server(etcd: Etcd, name: str, sources: Sequence[crds.CrdSource] = (crds.ISTIO,)) -> Iterator[ApiServer]:
    """An API server with these CRDs; `name` keeps its objects apart from those of others on the same etcd."""
    server = start_patiently(lambda: ApiServer(etcd, etcd.folder / name, sources))
    try:
        yield server
    finally:
        server.stop()


def _make_sigterm_unwind() -> None:
    """Python dies of SIGTERM without leaving its `with` blocks; as Ctrl-C it ends servers and removes their files."""
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, signal.default_int_handler)


def _main() -> int:
    parser = argparse.ArgumentParser(description="Run a command against a fresh API server that holds some manifests.")
    parser.add_argument("manifests", nargs="*", type=Path, help="YAML files or folders")
    parser.add_argument("--user", default=access.ADMIN, choices=access.GROUPS_BY_USER)
    parser.add_argument("--namespace", help="the kubeconfig's namespace")
    own, command = _split(sys.argv[1:])
    arguments = parser.parse_args(own)
    with running_etcd() as etcd, running_api_server(etcd, "cluster") as server:
        server.apply(manifest for path in arguments.manifests for manifest in load_manifests(path))
        kubeconfig = server.kubeconfig(arguments.user, arguments.namespace)
        return subprocess.run(command, env={**os.environ, "KUBECONFIG": str(kubeconfig)}).returncode


def _split(words: list[str]) -> tuple[list[str], list[str]]:
    """What stands before and after the first `--`; a shell when no command is given."""
    if "--" not in words:
        return words, [os.environ.get("SHELL", "/bin/sh")]
    border = words.index("--")
    return words[:border], words[border + 1 :]


if __name__ == "__main__":
    sys.exit(_main())
