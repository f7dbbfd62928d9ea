"""All pieces of one answer, each kept up to date on a thread of its own, and a bell that rings when one has changed."""

from collections.abc import Callable
from threading import Event, Lock, Thread

from kubectl_mtls.errors import MtlsError, Unauthorized, Unreachable
from kubectl_mtls.kube.api import Api
from kubectl_mtls.kube.discovery import Discovery
from kubectl_mtls.kube.failures import missing_rule
from kubectl_mtls.kube.listing import Piece
from kubectl_mtls.kube.read import ClusterSource, Outcome
from kubectl_mtls.kube.watch import Expired, Kept

_FIRST_PAUSE, _LONGEST_PAUSE = 0.1, 30.0
_REFUSALS = 3
_STEADY = 2.0
"""Seconds after which a watch that breaks had been a working one."""


class Watches:
    """Reads for a ClusterSource, and watches what was read. Threads are daemons.

    `connect` makes the connection, and makes it anew when the API server does not accept the credentials any longer:
    tokens of exec plugins and service accounts live shorter than a watch.
    """

    def __init__(self, connect: Callable[[], Api], chance: Callable[[], float]) -> None:
        self._connect = connect
        self._chance = chance
        self._lock = Lock()
        self._api = connect()
        self._discovery = Discovery(self._api)
        self._kept: dict[Piece, Kept] = {}
        self._lost: set[Piece] = set()
        self._unwatched: dict[Piece, None] = {}
        self._bell = Event()
        self._ended = Event()
        self._refusals = 0
        self._failure: MtlsError | None = None

    @property
    def api(self) -> Api:
        """The connection of now."""
        return self._api

    def source(self) -> ClusterSource:
        """A source for one answer: what is watched already costs nothing, what is not is read and watched from now."""
        return ClusterSource(self._api, self._discovery, self._read)

    def wait(self, quiet: float, longest: float) -> None:
        """Until something has changed and then nothing for `quiet` seconds, at most `longest` after the first change.

        Raises Unauthorized and InvalidInput when there is no way to be let in again.
        """
        self._bell.wait()
        for _ in range(max(1, round(longest / quiet))):
            self._bell.clear()
            if not self._bell.wait(quiet):
                break
        self._bell.clear()
        if self._failure:
            raise self._failure

    def notes(self) -> list[str]:
        """What keeps the answer from being up to date, in sentences."""
        notes = ["the connection to the API server is lost: trying again"] if self._lost else []
        pieces = list(self._unwatched)
        return notes + [
            f"changes are not seen: may not {missing_rule('watch', p.kind, p.namespace, p.name)}" for p in pieces
        ]

    def end(self) -> None:
        """No thread goes on after its current wait."""
        self._ended.set()

    def _read(self, api: Api, piece: Piece, version: str) -> Outcome:
        with self._lock:
            kept = self._kept.get(piece)
        if kept is None:
            kept = Kept(piece, version)
            kept.read(api)
            _, error = kept.outcome()
            if isinstance(error, Unauthorized):
                return [], error
            with self._lock:
                self._kept[piece] = kept
            if kept.is_current or isinstance(error, Unreachable):
                Thread(target=self._keep, args=(kept,), daemon=True).start()
            elif error is None:
                self._unwatched[piece] = None
        return kept.outcome()

    def _keep(self, kept: Kept) -> None:
        """Follow one piece for ever, with growing pauses while it fails."""
        failures = 0
        while not self._ended.is_set():
            api, opened_at = self._api, Moment()
            try:
                self._list_again(api, kept)
                self._follow(api, kept, opened_at)
                self._broken(api, kept.piece, opened_at, failures)
            except Expired:
                pass
            except Unreachable:
                self._broken(api, kept.piece, opened_at, failures)
            except Unauthorized as error:
                if not self._let_in_again(api, error):
                    return
            except MtlsError:
                self._unwatched[kept.piece] = None
                self._bell.set()
                return
            failures = 0 if opened_at.is_past(api, _STEADY) else failures + 1
            if failures:
                longest = min(_LONGEST_PAUSE, _FIRST_PAUSE * 2**failures)
                self._ended.wait(longest * (0.5 + 0.5 * self._chance()))

    def _follow(self, api: Api, kept: Kept, opened_at: "Moment") -> None:
        for _ in kept.follow(api, lambda: self._opened(api, kept.piece, opened_at)):
            self._bell.set()

    def _list_again(self, api: Api, kept: Kept) -> None:
        if kept.is_current:
            return
        kept.read(api)
        self._bell.set()
        _, error = kept.outcome()
        if error is not None:
            raise error
        if not kept.is_current:
            raise Unreachable("it could not be listed again")

    def _let_in_again(self, refused: Api, error: Unauthorized) -> bool:
        """Make the connection anew, once for all threads that were refused; False when that has not helped."""
        with self._lock:
            if self._api is refused:
                self._refusals += 1
                try:
                    if self._refusals > _REFUSALS:
                        raise error
                    self._api = self._connect()
                except MtlsError as final:
                    self._failure = final
                    self._bell.set()
        return self._failure is None

    def _opened(self, api: Api, piece: Piece, moment: "Moment") -> None:
        moment.seconds = api.seconds()
        self._refusals = 0
        if piece in self._lost:
            self._lost.discard(piece)
            self._bell.set()

    def _broken(self, api: Api, piece: Piece, opened_at: "Moment", failures: int) -> None:
        """A break is nothing; one that repeats itself is an outage, also when each watch opens and ends at once."""
        if failures and not opened_at.is_past(api, _STEADY) and piece not in self._lost:
            self._lost.add(piece)
            self._bell.set()


class Moment:
    """When a watch was opened, if it was."""

    seconds: float | None = None

    def is_past(self, api: Api, seconds: float) -> bool:
        """Whether it was, and longer ago than that."""
        return self.seconds is not None and api.seconds() - self.seconds > seconds
