"""docs/architecture.md names files that are there."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
_ROOM = re.compile(r"^### `([a-z/]+)/`:.*?$(.*?)(?=^###? )", re.M | re.S)


def test_every_file_that_a_room_is_said_to_have_is_in_it() -> None:
    rooms = _ROOM.findall((ROOT / "docs" / "architecture.md").read_text())
    missing = [
        f"{room}/{name}.py"
        for room, text in rooms
        for name in re.findall(r"`([a-z_0-9]+)`", text)
        if not (ROOT / "kubectl_mtls" / room / f"{name}.py").is_file()
    ]
    assert len(rooms) == 19
    assert missing == []


def test_every_file_is_said_to_be_in_its_room() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text()
    said = {(room, name) for room, words in _ROOM.findall(text) for name in re.findall(r"`([a-z_0-9]+)`", words)}
    posture = ROOT / "kubectl_mtls" / "posture"
    files = {(f"posture/{one.parent.name}", one.stem) for one in posture.glob("*/*.py") if one.stem != "__init__"}
    assert files - said == set()
