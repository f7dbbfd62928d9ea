"""docs/switch-mode.md names every objection that a change of a mode can raise, and none that does not exist."""

import re
from pathlib import Path

from kubectl_mtls.plan import objection as kinds

TEXT = (Path(__file__).parents[2] / "docs" / "switch-mode.md").read_text()
OF_CERTIFICATES = {
    kinds.CERTIFICATE_NOT_VALID,
    kinds.CHAIN_DOES_NOT_VERIFY,
    kinds.NAMES_CHANGE,
    kinds.FOREIGN_OWNER,
    kinds.INTERMEDIATE_LOST,
    kinds.ENDS_EARLIER,
    kinds.CA_EXCHANGED,
}


def test_every_objection_to_a_mode_is_in_the_table() -> None:
    of_modes = {kind.code for kind in kinds.OBJECTION_KINDS if kind not in OF_CERTIFICATES}
    assert set(re.findall(r"MTLS7\d\d", TEXT)) == of_modes
