"""What is in the cluster: every want at once, and a gap for each that could not be read."""

import gc
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial

from kubectl_mtls.errors import Forbidden, MtlsError, Unauthorized, Unreachable
from kubectl_mtls.kube.ahead import start
from kubectl_mtls.kube.api import Api
from kubectl_mtls.kube.discovery import Discovery
from kubectl_mtls.kube.failures import gap, is_impersonation, missing_rule
from kubectl_mtls.kube.fan_out import fan_out
from kubectl_mtls.kube.listing import Piece, read_piece, read_whole_piece
from kubectl_mtls.kube.schema import prepare
from kubectl_mtls.model.gap import Gap, GapReason
from kubectl_mtls.model.kind import SECRET, Kind
from kubectl_mtls.model.reading import Document, Reading, Want

Outcome = tuple[list[Document], MtlsError | None]
ReadPiece = Callable[[Api, Piece, str], Outcome]
"""Reads one piece in that version of its kind."""


PATIENCE = 10
"""How often the time-out of one request fits into all reads of one source."""

_GRACE = 1.0


class ClusterSource:
    """The API server as a Source, for one answer: all its reads together end within PATIENCE request time-outs.

    Who looks again and again takes a new one each time.
    """

    def __init__(self, api: Api, discovery: Discovery | None = None, read: ReadPiece = read_piece) -> None:
        self._api = api
        self._read = read
        self._discovery = discovery or Discovery(api)
        self._left = None if api.timeout is None else PATIENCE * api.timeout
        start(prepare)

    def is_served(self, kind: Kind) -> bool:
        """Whether the API server knows the kind at all in a version that we can read."""
        return self._discovery.served_version(kind) is not None

    def read(self, wants: Sequence[Want]) -> Reading:
        """Read all wants in parallel; documents come in the order of the wants, then of the API server.

        A kind that is not served and an object that is absent give nothing. A list of all namespaces that is forbidden
        is read again in the want's `narrow` namespaces. Secrets are read by name only, or where a want has a label
        selector (the empty one selects all).
        Raises Unauthorized, Unreachable when there is no answer to anything, Forbidden when the impersonation is.
        """
        for want in wants:
            assert want.kind != SECRET or want.name is not None or want.label_selector is not None, want
        with _paused_collector():
            pieces = [list(_pieces(want)) for want in wants]
            outcomes = self._read_pieces([piece for group in pieces for piece in group])
            narrow = [
                _piece(want, namespace)
                for want, group in zip(wants, pieces, strict=True)
                for piece in group
                if _may_narrow(want, piece, outcomes)
                for namespace in want.narrow
            ]
            outcomes |= self._read_pieces(narrow)
        errors = [error for _, error in outcomes.values()]
        if errors and all(isinstance(error, Unreachable) for error in errors):
            raise next(error for error in errors if error)
        documents: list[Document] = []
        gaps: list[Gap] = []
        for want, group in zip(wants, pieces, strict=True):
            for piece in group:
                found, holes = _answer(want, piece, outcomes)
                documents += found
                gaps += holes
        return Reading(tuple(documents), tuple(dict.fromkeys(gaps)))

    def _read_pieces(self, pieces: Sequence[Piece]) -> dict[Piece, Outcome]:
        """Each piece once. The versions are asked first and alone: that request also tells whether anything answers."""
        with self._timed():
            return self._read_in_time(pieces)

    def _read_in_time(self, pieces: Sequence[Piece]) -> dict[Piece, Outcome]:
        versions = {kind: self._discovery.served_version(kind) for kind in dict.fromkeys(p.kind for p in pieces)}
        served = [(piece, version) for piece in dict.fromkeys(pieces) if (version := versions[piece.kind])]
        api = self._api.limited(self._left)
        tasks = [partial(self._read_piece, api, piece, version) for piece, version in served]
        nothing: dict[Piece, Outcome] = {piece: ([], None) for piece in pieces}
        seconds = None if self._left is None else self._left + _GRACE
        found = fan_out(tasks, seconds=seconds, late=self._late)
        return nothing | {piece: outcome for (piece, _), outcome in zip(served, found, strict=True)}

    def _read_piece(self, api: Api, piece: Piece, version: str) -> Outcome:
        read = read_whole_piece if self._read is read_piece and self._discovery.streams_lists else self._read
        documents, error = read(api, piece, version)
        if isinstance(error, Unauthorized) or (error and is_impersonation(error)):
            raise error
        return documents, error

    def _late(self) -> Outcome:
        limit = PATIENCE * (self._api.timeout or 0)
        return [], Unreachable(f"the API server at {self._api.server} did not answer within {limit:g}s in all")

    @contextmanager
    def _timed(self) -> Iterator[None]:
        """What a read takes is taken from what is left for the others."""
        started_at = self._api.seconds()
        try:
            yield
        finally:
            if self._left is not None:
                self._left = max(0.0, self._left - (self._api.seconds() - started_at))


def _pieces(want: Want) -> Iterator[Piece]:
    if want.namespaces is None or not want.kind.namespaced:
        yield _piece(want, None)
        return
    for namespace in want.namespaces:
        yield _piece(want, namespace)


def _piece(want: Want, namespace: str | None) -> Piece:
    return Piece(want.kind, namespace, want.name, want.label_selector, want.without)


def _may_narrow(want: Want, piece: Piece, outcomes: dict[Piece, Outcome]) -> bool:
    return piece.namespace is None and want.kind.namespaced and isinstance(outcomes[piece][1], Forbidden)


def _answer(want: Want, piece: Piece, outcomes: dict[Piece, Outcome]) -> tuple[list[Document], list[Gap]]:
    documents, error = outcomes[piece]
    if error is None:
        return documents, []
    hole = gap(error, piece.verb, piece.kind, piece.namespace, piece.name)
    if not want.narrow or not _may_narrow(want, piece, outcomes):
        return documents, [hole]
    found: list[Document] = []
    holes: list[Gap] = []
    readable: list[str] = []
    for namespace in want.narrow:
        narrow = _piece(want, namespace)
        documents, error = outcomes[narrow]
        found += documents
        if error is None:
            readable.append(namespace)
        else:
            holes.append(gap(error, narrow.verb, narrow.kind, namespace, narrow.name))
    rule = missing_rule(piece.verb, piece.kind, None, piece.name)
    if readable:
        word = "namespace" if len(readable) == 1 else "namespaces"
        detail = f"may not {rule}: only {word} {', '.join(readable)} could be read"
        hole = Gap(want.kind, None, want.name, GapReason.FORBIDDEN, detail, rule, except_namespaces=frozenset(readable))
    return found, [hole, *holes]


@contextmanager
def _paused_collector() -> Iterator[None]:
    """No cyclic garbage collection while a snapshot is parsed: it would take two thirds of the time."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
