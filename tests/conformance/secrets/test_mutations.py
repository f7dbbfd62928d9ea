"""Whatever stands in a Secret or file: no crash, no hang, and nothing of the key in output, errors or tracebacks."""

import pytest

from tests.conformance.secrets.mutation import complaints, draw

pytestmark = pytest.mark.slow

DRAWS = 2000
_PIECES = 20


@pytest.mark.parametrize("piece", range(_PIECES))
def test_every_draw_is_answered_or_refused_in_a_sentence(piece: int) -> None:
    found = {seed: wrong for seed in range(piece, DRAWS, _PIECES) if (wrong := complaints(seed))}
    assert found == {}


def test_a_draw_is_the_same_each_time_it_is_drawn() -> None:
    assert draw(7) == draw(7)
