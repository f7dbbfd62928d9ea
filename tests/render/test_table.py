"""Tables look like kubectl's."""

from kubectl_mtls.render.table import render_table

HEADERS = ["NAME", "READY", "STATUS", "AGE"]
ROWS = [["cart-7d9c5b6f4-x2x7k", "2/2", "Running", "5d"], ["db-0", "0/1", "CrashLoopBackOff", "2m"]]

# What kubectl itself prints for such pods.
KUBECTL = """\
NAME                   READY   STATUS             AGE
cart-7d9c5b6f4-x2x7k   2/2     Running            5d
db-0                   0/1     CrashLoopBackOff   2m
"""


def test_columns_are_three_blanks_apart_as_in_kubectl() -> None:
    assert render_table(HEADERS, ROWS) == KUBECTL


def test_without_headers_the_columns_are_as_wide_as_their_cells() -> None:
    assert render_table(HEADERS, ROWS, show_headers=False) == (
        "cart-7d9c5b6f4-x2x7k   2/2   Running            5d\ndb-0                   0/1   CrashLoopBackOff   2m\n"
    )


def test_no_rows_are_the_heads_alone_and_without_heads_nothing() -> None:
    assert render_table(HEADERS, []) == "NAME   READY   STATUS   AGE\n"
    assert render_table(HEADERS, [], show_headers=False) == ""


def test_cells_that_look_like_numbers_or_blanks_stay_as_they_are() -> None:
    assert render_table(["A", "B"], [["007", "1e3"], ["", "x"], ["  in", "0x1"]]) == (
        "A      B\n007    1e3\n       x\n  in   0x1\n"
    )


def test_no_line_ends_with_blanks() -> None:
    assert all(line == line.rstrip() for line in render_table(HEADERS, [["a", "", "", ""], *ROWS]).splitlines())


def test_wide_characters_take_two_columns() -> None:
    wide, plain = render_table(["NAME", "X"], [["日本", "1"], ["abcd", "2"]]).splitlines()[1:]
    assert wide == "日本   1"
    assert plain == "abcd   2"
