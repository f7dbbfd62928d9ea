"""The manifest: one template, rendered for whatever platforms have an archive."""

import os
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest
import yaml

from krew.build import pack
from krew.manifest import PLUGIN, ROOT, TEMPLATE, render_manifest
from krew.release import PLATFORMS, Release, archive_name

DIGEST = "ab" * 32


def test_plugin_yaml_is_the_template_with_the_recorded_release():
    assert PLUGIN.read_text() == render_manifest(Release.recorded(), TEMPLATE.read_text()), "run: make plugin-manifest"


@pytest.mark.parametrize("platforms", [PLATFORMS, PLATFORMS[:1], PLATFORMS[2:]], ids=["all", "one", "macOS only"])
def test_only_platforms_with_an_archive_are_offered(platforms: tuple[str, ...]):
    release = Release("v1.2.3", "https://example.com/v1.2.3", dict.fromkeys(platforms, DIGEST))
    offered = yaml.safe_load(render_manifest(release, TEMPLATE.read_text()))["spec"]["platforms"]
    assert ["{os}/{arch}".format(**one["selector"]["matchLabels"]) for one in offered] == list(platforms)
    assert offered[0] == {
        "selector": offered[0]["selector"],
        "uri": f"https://example.com/v1.2.3/{archive_name('1.2.3', platforms[0])}",
        "sha256": DIGEST,
        "bin": "kubectl-mtls",
    }


def test_release_is_what_the_archives_of_this_version_say(tmp_path: Path):
    for version in ("1.2.3", "1.2.2"):
        (tmp_path / archive_name(version, "linux/arm64")).write_text(version)
    release = Release.of(tmp_path, "1.2.3")
    assert list(release.digests) == ["linux/arm64"]
    record = tmp_path / "release.json"
    release.write(record)
    assert Release.recorded(record) == release


def test_texts_are_as_krews_reviewers_want_them():
    spec = yaml.safe_load(PLUGIN.read_text())["spec"]
    assert len(spec["shortDescription"]) <= 50
    assert max(map(len, spec["description"].splitlines())) <= 80


def test_python_without_shared_library_is_one_sentence(tmp_path: Path):
    as_built_static = (
        "import sys, sysconfig\n"
        "sysconfig.get_config_vars().update(Py_ENABLE_SHARED=0, INSTSONAME='libpython3.a')\n"
        "from krew.build import main\n"
        "sys.base_prefix = sys.argv[1]\n"
        "sys.exit(main(sys.argv[1:]))\n"
    )
    command = [sys.executable, "-c", as_built_static, tmp_path, tmp_path]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("PyInstaller needs a Python with a shared libpython")
    assert done.stderr.count("\n") == 1


@pytest.mark.slow
def test_check_of_krews_index_accepts_plugin_yaml_with_all_platforms(krew: Path, tmp_path: Path):
    manifest = tmp_path / "mtls.yaml"
    shutil.copy(PLUGIN, manifest)
    everything = Release("v1.2.3", "https://example.com", dict.fromkeys(PLATFORMS, DIGEST))
    for text in (PLUGIN.read_text(), render_manifest(everything, TEMPLATE.read_text())):
        manifest.write_text(text)
        command = [krew / "validate-krew-manifest", "-skip-install", "-manifest", manifest]
        done = subprocess.run(command, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr


def test_links_are_packed_as_what_they_mean_and_nothing_tells_when_or_by_whom(tmp_path: Path):
    packed = []
    for name in ("first", "second"):
        folder = tmp_path / name
        (folder / "lib").mkdir(parents=True)
        (folder / "lib" / "real").write_text("content")
        (folder / "link").symlink_to("lib/real")
        os.link(folder / "lib" / "real", folder / "again")
        os.utime(folder / "lib" / "real", (len(packed), len(packed)))
        pack(folder, tmp_path / f"{name}.tar.gz")
        packed.append((tmp_path / f"{name}.tar.gz").read_bytes())
    assert packed[0] == packed[1]
    with tarfile.open(tmp_path / "first.tar.gz") as tar:
        assert [(entry.name, entry.isreg(), tar.extractfile(entry).read()) for entry in tar] == [  # type: ignore[union-attr]
            (name, True, b"content") for name in ("again", "lib/real", "link")
        ]
