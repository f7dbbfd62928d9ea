"""The commands that findings about modes offer do away with the finding, on the drawn meshes of tests/conformance."""

import json
import shlex
from collections import Counter
from typing import Any

from kubectl_mtls.model.document import parse_objects
from kubectl_mtls.model.finding import Finding
from kubectl_mtls.rules import disabled_behind_headless, strict_under_disable
from tests.conformance.comparison import cases
from tests.rules.mesh import view_of

CHECKS = (strict_under_disable.check, disabled_behind_headless.check)


def switched(manifests: list[dict[str, Any]], fix: str) -> str:
    """The mesh after `kubectl mtls switch-mode pa/NAME -n NAMESPACE [--port PORT] --to MODE`."""
    words = shlex.split(fix)
    options = dict(zip(words[4:-3:2], words[5:-3:2], strict=True))
    name = words[3].removeprefix("pa/")
    for manifest in manifests:
        metadata = manifest["metadata"]
        if manifest["kind"] == "PeerAuthentication" and (metadata["name"], metadata["namespace"]) == (
            name,
            options["-n"],
        ):
            block = manifest["spec"].setdefault("mtls", {})
            if "--port" in options:
                ports = manifest["spec"]["portLevelMtls"]
                block = next(mode for port, mode in ports.items() if str(port) == options["--port"])
            block["mode"] = options["--to"]
    return "\n---\n".join(map(json.dumps, manifests))


def test_a_switch_of_the_mode_takes_the_finding_away() -> None:
    mended: Counter[str] = Counter()
    for case, _ in cases():
        view = view_of(case["yaml"])
        for check in CHECKS:
            for finding in check(view):
                assert finding.fix is not None
                manifests = [dict(value) for value, _ in parse_objects(case["yaml"], "mesh.yaml")]
                after = check(view_of(switched(manifests, finding.fix)))
                assert place(finding) not in {place(one) for one in after}, (case["id"], finding.message)
                mended[finding.code] += 1
    assert set(mended) == {"MTLS115", "MTLS117"}


def place(finding: Finding) -> tuple[object, str]:
    return finding.object, finding.field
