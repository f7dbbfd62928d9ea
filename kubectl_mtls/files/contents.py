"""Which files do the arguments of -f mean, and what is in them? As with kubectl: FILE, DIR or - (standard input).

A folder means its files with certain endings, in order of name; with -R also those of the folders below it.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from pathlib import Path

from kubectl_mtls.errors import InvalidInput


def read_contents(
    paths: Sequence[str], *, endings: Collection[str], named: str, recursive: bool, read_stdin: Callable[[], bytes]
) -> Iterator[tuple[str, bytes]]:
    """Path and content of every file; of a folder those with these lower-case `endings`, which are called `named`.

    Raises InvalidInput, naming the file and the reason, for what is missing or unreadable and for a folder without any.
    """
    for argument in paths:
        if argument == "-":
            yield "-", read_stdin()
            continue
        files = _in_folder(Path(argument), endings, recursive)
        if files is None:
            yield argument, _read(Path(argument))
            continue
        if not files:
            hint = None if recursive else "add -R to read the folders below it"
            raise InvalidInput(f"{argument}: no {named} in this folder", hint)
        for one in files:
            yield str(one), _read(one)


def decode_text(content: bytes) -> str | None:
    """The text of UTF-8 or UTF-16 with a mark; None for what is no text."""
    encoding = "utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError:
        return None
    return None if "\0" in text else text


def _in_folder(path: Path, endings: Collection[str], recursive: bool) -> list[Path] | None:
    """None when it is no folder."""
    try:
        if not path.is_dir():
            return None
        found = sorted(path.rglob("*") if recursive else path.iterdir())
        return [one for one in found if one.suffix.lower() in endings and one.is_file()]
    except (OSError, ValueError) as error:
        raise InvalidInput(f"{path}: cannot be read: {_reason(error)}") from None


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise InvalidInput(f"{path}: no such file or folder") from None
    except (OSError, ValueError) as error:
        raise InvalidInput(f"{path}: cannot be read: {_reason(error)}") from None


def _reason(error: Exception) -> str:
    return error.strerror or str(error) if isinstance(error, OSError) else str(error)
