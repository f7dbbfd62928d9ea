"""What a user downloads: proven by the real krew, the real check of krew's index and the real kubectl."""

import functools
import http.server
import os
import re
import shutil
import subprocess
import tarfile
import threading
from pathlib import Path, PurePosixPath

import pytest

from kubectl_mtls.version import VERSION
from tests.krew.conftest import ROOT

pytestmark = pytest.mark.slow


def run(*command: object, **environment: object) -> subprocess.CompletedProcess[str]:
    """Run in an environment of its own: nothing of the developer's krew, kubeconfig or Python."""
    return subprocess.run(
        [str(word) for word in command],
        cwd=ROOT,
        env={"PATH": os.defpath, "KREW_NO_UPGRADE_CHECK": "1", **{k: str(v) for k, v in environment.items()}},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
    )


@pytest.fixture
def installed(archive: Path, krew: Path, tmp_path: Path) -> Path:
    """The bin folder of a krew that has installed the archive."""
    root = tmp_path / "krew"
    manifest = archive.with_name("mtls.yaml")
    done = run(krew / "krew", "install", "--manifest", manifest, "--archive", archive, KREW_ROOT=root)
    assert done.returncode == 0, done.stderr
    return root / "bin"


@pytest.fixture
def plugin(installed: Path, kubectl: Path, tmp_path: Path):
    """Runs `kubectl mtls ...` as somebody who installed it by krew and has no cluster."""
    path = os.pathsep.join([str(installed), str(kubectl.parent), os.defpath])
    return functools.partial(run, kubectl, "mtls", PATH=path, HOME=tmp_path)


def test_holds_nothing_but_files_that_stay_inside_their_folder(archive: Path):
    with tarfile.open(archive) as tar:
        entries = tar.getmembers()
    assert not [entry.name for entry in entries if not entry.isreg()]
    assert not [entry.name for entry in entries if ".." in entry.name or PurePosixPath(entry.name).is_absolute()]
    names = [entry.name for entry in entries]
    assert names == sorted(names)
    assert {"LICENSE", "kubectl-mtls"} <= set(names)
    assert {(entry.mtime, entry.uid, entry.gid, entry.uname) for entry in entries} == {(315532800, 0, 0, "")}


def test_holds_no_path_of_the_folder_it_was_built_in(archive: Path):
    with tarfile.open(archive) as tar:
        found = [entry.name for entry in tar if os.fsencode(ROOT) in tar.extractfile(entry).read()]  # type: ignore[union-attr]
    assert not found


def test_holds_nothing_that_a_run_never_opens(archive: Path):
    with tarfile.open(archive) as tar:
        names = tar.getnames()
    heavy = re.compile(
        r"_internal/(kubernetes/client/(models|api)/(?!__init__)|kubernetes/aio|rich/|hypothesis/|mypy/)"
    )
    assert not [name for name in names if heavy.match(name)][:3]
    assert archive.stat().st_size < 40_000_000


def test_brings_the_licence_of_every_package_in_it(archive: Path):
    with tarfile.open(archive) as tar:
        names = tar.getnames()
    licensed = {name.split("/")[1] for name in names if name.startswith("licenses/")}
    assert {"cryptography", "kubernetes", "orjson", "pydantic", "PyYAML", "tabulate", "typer", "urllib3"} <= licensed


def test_kubectl_runs_what_krew_installed(plugin):
    done = plugin("version", "--client")
    assert (done.returncode, done.stdout, done.stderr) == (0, f"kubectl-mtls: v{VERSION}\n", "")


def test_status_of_the_example_mesh_as_installed(plugin):
    done = plugin("status", "-f", "examples/shop", "-A")
    assert (done.returncode, done.stderr) == (0, "")
    assert re.search(r"^shop\s+cart\s", done.stdout, re.M), done.stdout


def test_cluster_door_works_as_installed(plugin, tmp_path: Path):
    """The kubernetes package is cut down: what is left must still make a connection (here to a port nobody has)."""
    kubeconfig = tmp_path / "config"
    kubeconfig.write_text(
        "{apiVersion: v1, kind: Config, current-context: c, contexts: [{name: c, context: {cluster: c, user: u}}],"
        " clusters: [{name: c, cluster: {server: 'https://127.0.0.1:1'}}], users: [{name: u, user: {token: t}}]}"
    )
    done = plugin("version", "--kubeconfig", kubeconfig)
    assert done.returncode == 3, done.stderr
    assert "127.0.0.1:1" in done.stderr
    assert "bug" not in done.stderr


def test_krew_refuses_another_archive_than_the_manifest_promises(archive: Path, krew: Path, tmp_path: Path):
    other = tmp_path / archive.name
    other.write_bytes(archive.read_bytes() + b"\0")
    manifest = archive.with_name("mtls.yaml")
    done = run(krew / "krew", "install", "--manifest", manifest, "--archive", other, KREW_ROOT=tmp_path / "krew")
    assert done.returncode == 1
    assert "checksum does not match" in done.stderr


def test_check_of_krews_index_passes(archive: Path, krew: Path, kubectl: Path, tmp_path: Path):
    """It downloads and installs as its continuous integration does; only the address is ours."""
    programs = tmp_path / "bin"
    programs.mkdir()
    shutil.copy(krew / "krew", programs / "kubectl-krew")
    with serving(archive.parent) as address:
        manifest = tmp_path / "mtls.yaml"
        written = archive.with_name("mtls.yaml").read_text()
        manifest.write_text(re.sub(r"(?<=uri: )\S+/", f"{address}/", written))
        path = os.pathsep.join([str(programs), str(kubectl.parent), os.defpath])
        done = run(krew / "validate-krew-manifest", "-manifest", manifest, PATH=path)
    assert done.returncode == 0, done.stderr
    assert "all 1 spec.platforms installed fine" in done.stderr


class serving:  # noqa: N801  # reads as a verb in `with`
    """A folder on a loopback port."""

    def __init__(self, folder: Path):
        handler = functools.partial(_Quiet, directory=str(folder))
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._thread = threading.Thread(target=self._server.serve_forever)

    def __enter__(self) -> str:
        self._thread.start()
        return f"http://127.0.0.1:{self._server.server_port}"

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass
