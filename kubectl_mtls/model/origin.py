"""Where an object was read: the API, or a file and line."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class ApiOrigin:
    """The live API server."""


@dataclass(frozen=True, slots=True)
class FileOrigin:
    """A file, the 1-based line at which the object starts, and the lines of its fields where they were recorded.

    `path` is `-` for standard input. Keys of `field_lines` are dotted paths such as `spec.mtls.mode`.
    """

    path: str
    line: int
    field_lines: Mapping[str, int] = field(default_factory=dict, repr=False, hash=False, compare=False)

    def __str__(self) -> str:
        return f"{self.path}:{self.line}"

    def at(self, path: str) -> "FileOrigin":
        """The origin of a field: of the nearest recorded ancestor, else of the object."""
        while path:
            if path in self.field_lines:
                return FileOrigin(self.path, self.field_lines[path])
            path = path.rpartition(".")[0]
        return FileOrigin(self.path, self.line)


Origin = ApiOrigin | FileOrigin
