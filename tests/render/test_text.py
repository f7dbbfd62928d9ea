import pytest
from hypothesis import given
from hypothesis import strategies as st

from kubectl_mtls.render.text import escape, shorten


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("CN=cart", "CN=cart"),
        ("münchen.example", "münchen.example"),
        ("\x1b[31mred\x1b]0;title\x07", "^[[31mred^[]0;title^G"),
        ("good\nOK: sound\r\tevil\x00\x7f", "good\\nOK: sound\\r\\tevil^@^?"),
        ("abc\u202egnp.exe\u2066", "abc\\u202egnp.exe\\u2066"),
        ("a\x9bb\u200bc", "a\\u009bb\\u200bc"),
        ("\U000e0041", "\\U000e0041"),
    ],
)
def test_what_steers_a_terminal_becomes_visible(text, shown):
    assert escape(text) == shown


@given(st.text())
def test_nothing_unprintable_is_left(text):
    shown = escape(text)
    assert all(character >= " " and character not in "\x7f\u2028\u2029" for character in shown)
    assert "\u202e" not in shown


def test_long_text_is_cut_with_a_mark():
    assert shorten("x" * 50, 10) == "x" * 9 + "…"
    assert shorten("x", 10) == "x"
