"""Where a command looks: the cluster or files, one namespace or all, and how it connects."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from kubectl_mtls.cli.session import Session
from kubectl_mtls.errors import InvalidInput
from kubectl_mtls.files.read import FileSource, read_files
from kubectl_mtls.kube.flags import ConnectionFlags
from kubectl_mtls.model.origin import FileOrigin
from kubectl_mtls.model.reading import Source
from kubectl_mtls.version import VERSION

if TYPE_CHECKING:
    from kubectl_mtls.kube.api import Api  # its urllib3 is not needed for files and --help


@dataclass(slots=True)
class Scope:
    """The shared flags of one command line, and what they open. `connection.namespace` is -n."""

    session: Session
    connection: ConnectionFlags
    all_namespaces: bool = False
    files: tuple[str, ...] = ()
    recursive: bool = False
    istio_namespace: str | None = None
    watch: bool = False
    _api: "Api | None" = field(default=None, repr=False)
    _source: Source | None = field(default=None, repr=False)
    _read: FileSource | None = field(default=None, repr=False)
    _told: set[str] = field(default_factory=set, repr=False)

    @property
    def live(self) -> bool:
        """Whether the answer comes from a cluster."""
        return not self.files

    @property
    def is_watched(self) -> bool:
        """Whether the answer is shown again after each change, so that nothing may be asked for each time."""
        return self._source is not None

    @property
    def api(self) -> "Api":
        """The API server that the flags name, connected once. Raises what `connect` raises."""
        if self._api is None:
            self._api = self.connect()
        return self._api

    def connect(self) -> "Api":
        """A new connection: an exec plugin is run and token files are read again."""
        from kubectl_mtls.kube.connect import connect  # the kubernetes package takes 0.3 s to import

        log = self._log if self.session.verbosity >= 6 else None
        return connect(self.connection, self.session.environ, f"kubectl-mtls/{VERSION}", log)

    def source(self) -> Source:
        """The cluster, or the files of -f; what is watched already where the answer is shown again."""
        if self._source is not None:
            return self._source
        if self.files:
            return self._files()
        from kubectl_mtls.kube.read import ClusterSource

        return ClusterSource(self.api)

    def namespaces(self) -> tuple[str, ...] | None:
        """The namespaces to answer for, None for all: -A, or files without -n; a snapshot's own without -n."""
        if self.all_namespaces:
            return None
        if self.live:
            return (self.api.namespace,)
        if self.connection.namespace:
            return (self.connection.namespace,)
        reading = self._files().reading
        is_snapshot = reading.info and not any(isinstance(one.origin, FileOrigin) for one in reading.documents)
        return reading.info.namespaces if reading.info and is_snapshot else None

    def moment(self, written: str | None) -> datetime:
        """The time of --at; else that of a snapshot among the files, else now. Raises InvalidInput."""
        info = self._files().reading.info if written is None and self.files else None
        return info.taken_at if info else parse_moment(written, self.session)

    def tell_warnings(self) -> None:
        """Say what the API server warned of and was not said yet."""
        if self._api is not None:
            from kubectl_mtls.render.text import escape

            for warning in self._api.warnings:
                if warning not in self._told:
                    self._told.add(warning)
                    self.session.tell(f"Warning: {escape(warning)}")

    def _files(self) -> FileSource:
        """The files of -f, read once: standard input comes only once."""
        if self._read is None:
            self._read = read_files(
                self.files,
                recursive=self.recursive,
                namespace=self.connection.namespace or "default",
                read_stdin=self.session.stdin.read,
            )
        return self._read

    def _log(self, method: str, path: str, status: int, milliseconds: float) -> None:
        self.session.tell(f"{method} {path} {status or 'no answer'} {milliseconds:.0f} ms")


def parse_moment(written: str | None, session: Session) -> datetime:
    """The time of --at, else now. Raises InvalidInput."""
    if written is None:
        return session.clock()
    try:
        moment = datetime.fromisoformat(written)
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        raise InvalidInput(f"--at {written}: should be an RFC 3339 time, such as 2026-01-31T03:00:00Z") from None
