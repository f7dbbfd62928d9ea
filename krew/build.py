"""The release archive of this platform, and the manifest to install it with: `python -m krew.build [OUTPUT [WORK]]`.

The same sources, Python and packages give the same bytes on every run, so that a published digest can be checked.
An archive runs on machines of its own kind only, and on Linux with the C library that it was built with or a later one:
releases are built on the oldest that we promise (manylinux_2_28).
"""

import gzip
import os
import shutil
import subprocess
import sys
import sysconfig
import tarfile
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

from krew.manifest import ROOT, TEMPLATE, render_manifest
from krew.release import PLATFORMS, Release, archive_name, this_platform
from kubectl_mtls.version import VERSION

_OLDEST = 315532800  # 1980, the first date that every archive format can hold
_LEGAL = ("licen", "copying", "notice")


class CannotBuild(Exception):
    """This machine can't build an archive; the message says what is missing."""


def build(output: Path, work: Path) -> Path:
    """Build the archive and mtls.yaml into `output` and return the archive. Raises CannotBuild."""
    name = this_platform()
    if name not in PLATFORMS:
        raise CannotBuild(f"no archive is made for {name}: only for {', '.join(PLATFORMS)}")
    _demand_shared_python()
    program = _freeze(work)
    _add_licences(program)
    output.mkdir(parents=True, exist_ok=True)
    archive = output / archive_name(VERSION, name)
    pack(program, archive)
    release = Release.of(output, VERSION)
    (output / "mtls.yaml").write_text(render_manifest(release, TEMPLATE.read_text()))
    return archive


def pack(folder: Path, archive: Path) -> None:
    """A .tar.gz of regular files only: krew refuses links. Links inside the folder become copies of what they mean.

    Names are sorted; owner, date and mode are always the same.
    """
    unfinished = archive.with_name(f".{archive.name}")
    with (
        unfinished.open("wb") as raw,
        gzip.GzipFile(filename="", mode="wb", compresslevel=9, fileobj=raw, mtime=0) as zipped,
        tarfile.open(fileobj=zipped, mode="w") as tar,
    ):
        for path in sorted(_files(folder), key=lambda path: path.relative_to(folder).as_posix()):
            entry = tarfile.TarInfo(path.relative_to(folder).as_posix())
            entry.size = path.stat().st_size
            entry.mode = 0o755 if os.access(path, os.X_OK) else 0o644
            entry.mtime = _OLDEST
            with path.open("rb") as content:
                tar.addfile(entry, content)
    unfinished.replace(archive)


def _files(folder: Path) -> Iterator[Path]:
    for parent, _, names in os.walk(folder, followlinks=True):
        yield from (Path(parent, name) for name in names)


def _demand_shared_python() -> None:
    from PyInstaller.depend.bindepend import get_python_library_path  # type: ignore[import-untyped]  # has no types
    from PyInstaller.exceptions import PythonLibraryNotFoundError  # type: ignore[import-untyped]

    try:
        get_python_library_path()
    except PythonLibraryNotFoundError:
        raise CannotBuild(
            f"PyInstaller needs a Python with a shared libpython, and {sys.executable} has none: install Debian's "
            "libpython3, or build Python with --enable-shared (pyenv: PYTHON_CONFIGURE_OPTS=--enable-shared)"
        ) from None


def _freeze(work: Path) -> Path:
    """The folder that PyInstaller makes of the program."""
    environment = {
        **os.environ,
        "PYTHONHASHSEED": "0",
        "SOURCE_DATE_EPOCH": str(_OLDEST),
        "PYINSTALLER_CONFIG_DIR": str(work / "config"),
    }
    command = [
        *(sys.executable, "-m", "PyInstaller", "--noconfirm", "--clean", "--log-level", "ERROR"),
        *("--distpath", str(work / "dist"), "--workpath", str(work / "steps")),
        str(ROOT / "krew" / "mtls.spec"),
    ]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    if done.returncode:
        raise CannotBuild(f"PyInstaller ended {done.returncode}:\n{done.stdout}{done.stderr}")
    return work / "dist" / "kubectl-mtls"


def _add_licences(program: Path) -> None:
    """Ours where krew looks for it, and those of everything that is packed with it."""
    shutil.copyfile(ROOT / "LICENSE", program / "LICENSE")
    packed = {path.name.partition(".")[0] for path in (program / "_internal").iterdir()}
    names = {name for module, found in metadata.packages_distributions().items() if module in packed for name in found}
    for name in sorted(names - {"kubectl-mtls"}):
        for file in metadata.files(name) or ():
            if ".dist-info" in file.parts[0] and any(word in file.name.lower() for word in _LEGAL):
                _copy(Path(str(file.locate())), program / "licenses" / name / file.name)
    python = Path(sysconfig.get_path("stdlib"), "LICENSE.txt")
    if python.exists():
        _copy(python, program / "licenses" / "python" / python.name)


def _copy(file: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(file, target)


def main(arguments: list[str]) -> int:
    """Build into dist/ unless told otherwise."""
    output = Path(arguments[0]) if arguments else ROOT / "dist"
    work = Path(arguments[1]) if len(arguments) > 1 else ROOT / "build" / "krew"
    try:
        archive = build(output.absolute(), work.absolute())
    except CannotBuild as problem:
        print(problem, file=sys.stderr)
        return 2
    print(f"{archive} ({archive.stat().st_size / 1e6:.1f} MB)\n{output / 'mtls.yaml'}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
