"""Building the programs of a group once and keeping them: `python -m tests.servers.build kubernetes krew`.

A group is a folder with a go.mod; its programs are the go.mod's `tool` lines. They lie in the cache under a key made of
all that decides the result, so an old checkout finds its old programs and a changed pin builds new ones.
"""

import fcntl
import hashlib
import os
import platform
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.servers.toolchain import run_go

GROUPS = Path(__file__).parent
RENAMED = {"server": "etcd"}


def cache_folder() -> Path:
    """Where built programs are kept: `$KUBECTL_MTLS_CACHE`, by default in the user's cache."""
    return Path(os.environ.get("KUBECTL_MTLS_CACHE") or Path.home() / ".cache" / "kubectl-mtls")


def build(group: str | Path, cache: Path | None = None) -> Path:
    """The folder with the programs of a group, built when they are not there yet.

    Safe when several runs ask at once: one builds, the others wait for it; a build that was killed leaves nothing that
    could be taken for a whole one.
    """
    folder = GROUPS / group
    kept = (cache or cache_folder()) / "servers"
    target = kept / f"{folder.name}-{_key(folder)}"
    if target.is_dir():
        return target
    kept.mkdir(parents=True, exist_ok=True)
    with _locked(kept / f"{target.name}.lock"):
        if not target.is_dir():
            _build_into(folder, target)
    return target


def _build_into(folder: Path, target: Path) -> None:
    print(f"building {folder.name}: minutes from an empty Go cache", file=sys.stderr, flush=True)
    unfinished = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
    try:
        run_go(folder, ["build", *_flags(folder), "-o", f"{unfinished}/", "tool"])
        for name, better in RENAMED.items():
            if (unfinished / name).exists():
                (unfinished / name).rename(unfinished / better)
        unfinished.chmod(0o755)
        unfinished.rename(target)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def _flags(folder: Path) -> list[str]:
    """No paths, no symbols; and the version that Kubernetes' own build stamps: else the server calls itself v0.0.0."""
    linked = ["-s", "-w"]
    go_mod = (folder / "go.mod").read_text()
    if pinned := re.search(r"^\s*k8s\.io/kubernetes (v(\d+)\.(\d+)\S+)", go_mod, re.M):
        stamps = {"gitVersion": pinned[1], "gitMajor": pinned[2], "gitMinor": pinned[3]}
        linked += [f"-X k8s.io/component-base/version.{name}={value}" for name, value in stamps.items()]
    return ["-mod=readonly", "-trimpath", "-ldflags", " ".join(linked)]


def _key(folder: Path) -> str:
    """A digest of everything that decides the programs: pins, our own mains, flags and platform."""
    digest = hashlib.sha256(" ".join([platform.system(), platform.machine(), *_flags(folder)]).encode())
    for file in (folder / "go.mod", folder / "go.sum", *sorted(folder.glob("*.go"))):
        digest.update(file.read_bytes() if file.exists() else b"-")
    return digest.hexdigest()[:16]


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


if __name__ == "__main__":
    for name in sys.argv[1:]:
        print(build(name))
