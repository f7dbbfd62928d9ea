"""Which archives make up a release: their names, and the digests that the manifest promises."""

import hashlib
import json
import platform
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

RECORD = Path(__file__).parent / "release.json"
PLATFORMS = ("linux/amd64", "linux/arm64", "darwin/amd64", "darwin/arm64")
_PAGE = "https://github.com/kubectl-mtls/kubectl-mtls/releases/download"
_ARCHITECTURES = {"x86_64": "amd64", "amd64": "amd64", "aarch64": "arm64", "arm64": "arm64"}


@dataclass(frozen=True, slots=True)
class Release:
    """One release. `version` with the leading v, as its git tag; `digests` are the archives' sha256 by os/arch."""

    version: str
    uri: str
    digests: Mapping[str, str]

    @classmethod
    def of(cls, folder: Path, version: str) -> Self:
        """The release that the archives of this version in a folder make up, whatever machines they were built on."""
        archives = {name: folder / archive_name(version, name) for name in PLATFORMS}
        digests = {
            name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in archives.items() if path.exists()
        }
        return cls(f"v{version}", f"{_PAGE}/v{version}", digests)

    @classmethod
    def recorded(cls, record: Path = RECORD) -> Self:
        """The latest release, from which plugin.yaml was rendered."""
        values = json.loads(record.read_text())
        return cls(values["version"], values["uri"], values["sha256"])

    def write(self, record: Path = RECORD) -> None:
        """Keep the values for the next rendering."""
        values = {"version": self.version, "uri": self.uri, "sha256": dict(self.digests)}
        record.write_text(json.dumps(values, indent=2) + "\n")


def archive_name(version: str, name: str) -> str:
    """`kubectl-mtls_v0.1.0_linux_amd64.tar.gz` for 0.1.0 and linux/amd64."""
    return f"kubectl-mtls_v{version}_{name.replace('/', '_')}.tar.gz"


def this_platform() -> str:
    """This machine as krew calls it; the machine's own words where we release nothing for it."""
    machine = platform.machine().lower()
    return f"{sys.platform}/{_ARCHITECTURES.get(machine, machine)}"
