"""The manifest by which krew installs a release: `python -m krew.manifest` renders plugin.yaml anew.

The same template gives dist/mtls.yaml beside freshly built archives and plugin.yaml for the latest release.
"""

import sys
from pathlib import Path
from string import Template

from krew.release import PLATFORMS, Release, archive_name
from kubectl_mtls.version import VERSION

ROOT = Path(__file__).parents[1]
TEMPLATE = ROOT / "krew" / "manifest.yaml.in"
PLUGIN = ROOT / "plugin.yaml"


def render_manifest(release: Release, template: str) -> str:
    """The manifest: what stands between `#each platform` and `#end` once for every platform that has an archive."""
    head, _, rest = template.partition("#each platform\n")
    block, _, tail = rest.partition("#end\n")
    blocks = [_render_platform(release, name, block) for name in PLATFORMS if name in release.digests]
    return Template(head).substitute(version=release.version) + "".join(blocks) + tail


def _render_platform(release: Release, name: str, block: str) -> str:
    system, _, architecture = name.partition("/")
    return Template(block).substitute(
        os=system,
        arch=architecture,
        uri=f"{release.uri}/{archive_name(release.version.removeprefix('v'), name)}",
        sha256=release.digests[name],
    )


def main(folder: Path) -> int:
    """Record the archives of this version in `folder` as the latest release and render plugin.yaml."""
    release = Release.of(folder, VERSION)
    if not release.digests:
        print(f"no archive of {release.version} in {folder}: make archive builds this platform's", file=sys.stderr)
        return 2
    release.write()
    PLUGIN.write_text(render_manifest(release, TEMPLATE.read_text()))
    print(f"{PLUGIN.name}: {release.version} for {', '.join(release.digests)}")
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "dist"))
