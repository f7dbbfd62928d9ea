"""Rows as kubectl prints them: upper-case heads, three blanks between columns, no borders (cli-runtime's tabwriter)."""

from collections.abc import Sequence

_GAP = "   "
_MIN_WIDTH = 3


def render_table(headers: Sequence[str], rows: Sequence[Sequence[str]], show_headers: bool = True) -> str:
    """The table with a newline at its end; empty without rows and headers. Cells hold no newlines."""
    lines = [headers, *rows] if show_headers else rows
    widths = [max(_MIN_WIDTH, *map(_width, column)) for column in zip(*lines, strict=True)]
    return "".join(f"{_line(cells, widths)}\n" for cells in lines)


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    padded = (cell + " " * (width - _width(cell)) for cell, width in zip(cells, widths, strict=True))
    return _GAP.join(padded).rstrip()


def _width(cell: str) -> int:
    """The columns that a cell takes on a terminal."""
    if cell.isascii():
        return len(cell)
    import wcwidth  # takes as long to import as a small mesh to resolve

    return wcwidth.wcswidth(cell)
