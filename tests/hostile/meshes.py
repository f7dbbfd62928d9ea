"""Meshes with something wrong in them: the objects of mesh.yaml, changed at drawn places to drawn values.

Everything is drawn from one `Random`: a seeded one gives the same meshes in every process, Hypothesis' own one shrinks.
"""

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import yaml

Place = tuple[str | int, ...]

OBJECTS: list[Any] = list(yaml.safe_load_all(Path(__file__).with_name("mesh.yaml").read_text()))
NESTED: list[Any] = []
for _ in range(60):
    NESTED = [NESTED]

SHAPES = [
    None,
    True,
    False,
    [],
    {},
    [None],
    [[]],
    [{}],
    [1],
    ["x"],
    {"": None},
    {"x": "y"},
    {"x": None},
    {"x": [1]},
    NESTED,
]
NUMBERS = [0, -1, 1, 80, 443, 8080, 65535, 65536, 2**63, -(2**70), 1.5, 1e300, float("inf")]
TEXTS = [
    "", " ", "x", "*", "~", ".", "..", "*.", "./*", "*/*", "80", "-1", "65536", "1e9", "{", "{}", "[]", "null", "NEVER",
    "STRICT", "mesh", "shop", "istio-system", "cart.shop.svc.cluster.local", "alias.shop.svc.cluster.local", "*.local",
    "*.cart.shop.svc.cluster.local", "a" * 5000, "\0", "\x1b[31mred", "\u202egnp", "²", "٣", "1,²,٣", "9" * 5000,
    "\n\t", "127.0.0.1:99999", "[::1", "2001:db8::1", "10.0.0.0/99", "spiffe://", "configmap://a/b", "kubernetes://a/b/c",
    "0001-01-01T00:00:00Z", "9999-12-31T23:59:59+14:00", "2026-13-01T00:00:00Z", "-----BEGIN CERTIFICATE-----",
]  # fmt: skip
HUGE = [
    [f"host-{number}.example" for number in range(500)],
    [{"x": number} for number in range(500)],
    {f"key-{number}": "value" for number in range(500)},
]
VALUES: list[Any] = [*SHAPES, *NUMBERS, *TEXTS, *HUGE]


def _places(value: Any, place: Place = ()) -> Iterator[Place]:
    if place:
        yield place
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, child in children:
        yield from _places(child, (*place, key))


PLACES = list(_places(OBJECTS))
_TEXT = json.dumps(OBJECTS)


def draw_mesh(random: Random) -> str:
    """A mesh with one to twelve changes, as the text of a file."""
    mesh = json.loads(_TEXT)
    for _ in range(random.choice((1, 2, 3, 6, 12))):
        place, change = random.choice(PLACES), random.choice(_CHANGES)
        change(random, mesh, place)
    return "\n---\n".join(map(json.dumps, mesh))


def _replace(random: Random, mesh: Any, place: Place) -> None:
    _put(mesh, place, random.choice(VALUES))


def _remove(random: Random, mesh: Any, place: Place) -> None:
    parent = _at(mesh, place[:-1])
    if isinstance(parent, dict):
        parent.pop(place[-1], None)


def _repeat(random: Random, mesh: Any, place: Place) -> None:
    """A list of what stood there, or one more of it beside it."""
    parent, value = _at(mesh, place[:-1]), _at(mesh, place)
    if isinstance(parent, list):
        parent.append(copy.deepcopy(value))
    else:
        _put(mesh, place, [value] * random.choice((1, 2, 200)))


def _move(random: Random, mesh: Any, place: Place) -> None:
    """What stands somewhere else."""
    _put(mesh, place, _at(mesh, random.choice(PLACES)))


def _splice(random: Random, mesh: Any, place: Place) -> None:
    """Something in the middle of a text: many texts are JSON, YAML, lists or versions in themselves."""
    value = _at(mesh, place)
    if isinstance(value, str):
        at = random.randint(0, len(value))
        _put(mesh, place, f"{value[:at]}{random.choice(TEXTS)}{value[at + random.choice((0, 1)) :]}")


_CHANGES = (_replace, _replace, _replace, _replace, _replace, _remove, _repeat, _move, _splice, _splice)


def _at(mesh: Any, place: Place) -> Any:
    """The value at a place; None where an earlier change took it away."""
    for key in place:
        try:
            mesh = mesh[key]
        except (LookupError, TypeError):
            return None
    return mesh


def _put(mesh: Any, place: Place, value: Any) -> None:
    parent, key = _at(mesh, place[:-1]), place[-1]
    if isinstance(parent, dict) or (isinstance(parent, list) and isinstance(key, int) and key < len(parent)):
        parent[key] = copy.deepcopy(value)
