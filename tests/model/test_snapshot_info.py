"""What a snapshot says of itself comes back as it was written."""

from datetime import UTC, datetime

import pytest

from kubectl_mtls.model.fields import Malformed
from kubectl_mtls.model.gap import Gap, GapReason
from kubectl_mtls.model.kind import PEER_AUTHENTICATION, POD, SECRET
from kubectl_mtls.model.snapshot_info import (
    SnapshotInfo,
    is_snapshot_info,
    parse_snapshot_info,
    snapshot_info_manifest,
)

FORBIDDEN = Gap(POD, "bank", None, GapReason.FORBIDDEN, "may not list pods in namespace bank", "list pods")
NARROW = Gap(PEER_AUTHENTICATION, None, None, GapReason.FORBIDDEN, "only shop", except_namespaces=frozenset({"shop"}))
NAMED = Gap(SECRET, "shop", "a", GapReason.WITHHELD, "not read")
MALFORMED = Gap(POD, "shop", "x", GapReason.MALFORMED, "pod x: spec is no mapping")
READ = frozenset({POD, PEER_AUTHENTICATION, SECRET})
INFO = SnapshotInfo(datetime(2026, 8, 1, 3, tzinfo=UTC), "v1.36.1", ("shop",), READ, (FORBIDDEN, NARROW, NAMED))


def test_it_is_read_as_it_was_written():
    written = snapshot_info_manifest(INFO, "1.2.3")
    assert is_snapshot_info(written)
    assert parse_snapshot_info(written) == INFO


def test_what_is_malformed_is_left_out_since_it_is_malformed_in_the_file_too():
    info = SnapshotInfo(INFO.taken_at, gaps=(MALFORMED, NAMED))
    assert parse_snapshot_info(snapshot_info_manifest(info, "1")).gaps == (NAMED,)


def test_gaps_are_those_of_what_is_asked_for():
    assert INFO.gaps_for([(SECRET, "b")], ["shop"], frozenset()) == []
    assert INFO.gaps_for([(SECRET, "a"), (PEER_AUTHENTICATION, None)], ["shop"], frozenset()) == [NARROW, NAMED]


def test_another_namespace_than_those_of_the_snapshot_is_not_known():
    (_, beyond) = INFO.gaps_for([(POD, None)], None, frozenset({POD}))
    assert beyond.hides(POD, "bank")
    assert not beyond.hides(POD, "shop")
    assert INFO.gaps_for([(POD, None)], ["shop"], frozenset({POD})) == [FORBIDDEN]


def test_a_kind_that_was_not_read_is_not_absent():
    (gap,) = SnapshotInfo(INFO.taken_at).gaps_for([(SECRET, "a")], None, frozenset())
    assert (gap.reason, gap.detail) == (GapReason.WITHHELD, "the snapshot was taken without reading secrets")


@pytest.mark.parametrize("broken", [{"time": None}, {"time": "soon"}, {"gaps": [{"kind": "x"}]}, {"kinds": 1}])
def test_what_is_malformed_is_refused(broken: dict[str, object]):
    with pytest.raises(Malformed):
        parse_snapshot_info({**snapshot_info_manifest(INFO, "1"), **broken})
