"""docs/architecture.md names files that are there."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
_ROOM = re.compile(r"^### `([a-z]+)/`:.*?$(.*?)(?=^###? )", re.M | re.S)


def test_every_file_that_a_room_is_said_to_have_is_in_it() -> None:
    rooms = _ROOM.findall((ROOT / "docs" / "architecture.md").read_text())
    missing = [
        f"{room}/{name}.py"
        for room, text in rooms
        for name in re.findall(r"`([a-z_0-9]+)`", text)
        if not (ROOT / "kubectl_mtls" / room / f"{name}.py").is_file()
    ]
    assert len(rooms) == 11
    assert missing == []
