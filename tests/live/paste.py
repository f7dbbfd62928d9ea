"""Fixes pasted into a shell, as somebody does who reads them."""

import shlex
import subprocess
from collections.abc import Iterable
from pathlib import Path

from tests.live.program import run_as
from tests.servers.api import ApiServer


def paste(cluster: ApiServer, kubectl: Path, fixes: Iterable[str], home: Path) -> None:
    """Run each: commands of this program with --yes, those of kubectl, which keeps its cache in `home`, as they are."""
    environ = {"KUBECONFIG": str(cluster.kubeconfig("admin", "shop")), "HOME": str(home)}
    for fix in fixes:
        words = shlex.split(fix)
        if words[1] == "mtls":
            assert run_as(cluster, "admin", "shop", *words[2:], "--yes").code == 0, fix
        else:
            subprocess.run([kubectl, *words[1:]], env=environ, check=True, capture_output=True)
