"""A real data plane, once per run (per worker under pytest-xdist), for those who may make network namespaces.

| fixture | what it gives |
|---|---|
| `mesh` | the running mesh of world.py: API server, istiod, sidecars, applications |
| `observed` | a function: what one policy of outcomes.py comes to on the wire, and what the program said meanwhile |
"""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.mesh.answers import Answers, ask
from tests.mesh.mesh import Mesh, running_mesh
from tests.mesh.outcomes import Policy
from tests.mesh.wire import Wire, observe
from tests.servers.network import why_not

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker("mesh")


@pytest.fixture(scope="session")
def mesh() -> Iterator[Mesh]:
    if reason := why_not():
        pytest.skip(reason)
    with running_mesh() as running:
        yield running


@pytest.fixture(scope="session")
def observed(mesh: Mesh) -> Callable[[Policy], tuple[Wire, Answers]]:
    """Each policy is put on the mesh once, when the first test asks, and all its connections are made side by side."""
    kept: dict[str, tuple[Wire, Answers]] = {}

    def look(policy: Policy) -> tuple[Wire, Answers]:
        if policy.name not in kept:
            with mesh.applied(policy.manifests):
                kept[policy.name] = observe(mesh, policy), ask(mesh, policy)
        return kept[policy.name]

    return look
