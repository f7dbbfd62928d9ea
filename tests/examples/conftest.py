"""The example meshes with certificates as fresh as `make certificates` makes them."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from examples.make_certificates import write_certificates

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("certificates")
    write_certificates(folder, NOW)
    return folder
