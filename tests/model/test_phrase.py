"""How sentences count."""

import pytest

from kubectl_mtls.model.phrase import counted, first_of


@pytest.mark.parametrize(
    ("number", "words"),
    [
        pytest.param(0, "0 pods", id="none"),
        pytest.param(1, "1 pod", id="one"),
        pytest.param(2, "2 pods", id="several"),
    ],
)
def test_a_number_agrees_with_its_noun(number: int, words: str) -> None:
    assert counted(number, "pod") == words


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        pytest.param([], "", id="none"),
        pytest.param(["a", "b"], "a, b", id="as many as are named"),
        pytest.param(["a", "b", "c", "d"], "a, b and 2 more", id="more than are named"),
    ],
)
def test_only_the_first_are_named(words: list[str], sentence: str) -> None:
    assert first_of(words, 2) == sentence
