"""Rows as kubectl prints them: upper-case heads, three blanks between columns, no borders (cli-runtime's tabwriter)."""

from collections.abc import Sequence

import tabulate
import wcwidth

_GAP = "   "
_MIN_WIDTH = 3
_FORMAT = tabulate.TableFormat(
    None, None, None, None, tabulate.DataRow("", _GAP, ""), tabulate.DataRow("", _GAP, ""), 0, None
)


def render_table(headers: Sequence[str], rows: Sequence[Sequence[str]], show_headers: bool = True) -> str:
    """The table with a newline at its end; empty without rows and headers. Cells hold no newlines."""
    if not rows and not show_headers:
        return ""
    heads = [_padded(head) for head in headers[:-1]] + list(headers[-1:])
    tabulate.MIN_PADDING = 0
    text = tabulate.tabulate(
        [[_padded(cell) for cell in row] for row in rows],
        headers=heads if show_headers else (),
        tablefmt=_FORMAT,
        disable_numparse=True,
        stralign="left",
        numalign="left",
        preserve_whitespace=True,
    )
    return "".join(f"{line.rstrip()}\n" for line in text.splitlines())


def _padded(cell: str) -> str:
    return cell + " " * (_MIN_WIDTH - wcwidth.wcswidth(cell)) if len(cell) < _MIN_WIDTH else cell
