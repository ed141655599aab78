# SPDX-License-Identifier: GPL-2.0-only
"""The blocker graph as a drawing: what must move first to the left, the hooks that wait to the right.

Layers are the longest way from a blocker that waits for nothing; within a layer each node stands near what
it hangs on. Nothing moves and nothing is computed where it is shown. Colours are the page's.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from html import escape
from math import sqrt

from msgspec import Struct

from mmapmigrate.migration.graph import BlockerKind
from mmapmigrate.migration.state import Migration, Ranked
from mmapmigrate.report.plan.words import KINDS, blocker_name
from mmapmigrate.report.style import printable

SHOWN = 24
"""Blockers in the drawing: the ones that are in the way of the most hooks."""
GROUPS = 12
"""Groups of hooks in the drawing."""

_WIDTH, _HEIGHT = 204, 40
_GAP_X, _GAP_Y = 40, 12
_MARGIN = 8
_LETTERS = 27
"""What fits in a node's width."""


class _Node(Struct, frozen=True):
    id: str
    style: str
    title: str
    note: str
    hint: str
    layer: int


class _Edge(Struct, frozen=True):
    start: str
    end: str
    hooks: int


def draw(migration: Migration) -> str:
    """The drawing as an ``<svg>`` element; "" where nothing is blocked."""
    chosen = [one for one in migration.blockers if one.blocker.shared][:SHOWN]
    if not chosen:
        return ""
    nodes, edges = _blocker_nodes(chosen)
    groups, links = _groups(migration, nodes)
    linked = {edge.end for edge in links}
    layers = max(node.layer for node in nodes.values()) + 1
    for name, hooks in groups:
        if name in linked:
            nodes[name] = _Node(
                name, "hooks", name.partition(":")[2], _hooks(hooks), f"{_hooks(hooks)} in tables", layers
            )
    edges += [edge for edge in links if edge.end in nodes]
    columns = _columns(nodes, edges, layers + 1)
    places = _places(columns)
    width = 2 * _MARGIN + len(columns) * (_WIDTH + _GAP_X) - _GAP_X
    height = max(y for _, y in places.values()) + _HEIGHT + _MARGIN
    body = [_edge(edge, places) for edge in edges]
    body += [_node(nodes[key], *places[key]) for column in columns for key in column]
    return (
        f'<svg viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img" '
        f'aria-labelledby="graph-title graph-text">'
        '<title id="graph-title">What blocks what</title>'
        f'<desc id="graph-text">{escape(_description(migration))}</desc>' + "".join(body) + "</svg>"
    )


def _blocker_nodes(chosen: Sequence[Ranked]) -> tuple[dict[str, _Node], list[_Edge]]:
    known = {one.blocker.id: one for one in chosen}
    needs = {key: [need for need in one.blocker.needs if need in known] for key, one in known.items()}
    layers: dict[str, int] = {}

    def layer(key: str, above: frozenset[str]) -> int:
        if key not in layers:
            under = [layer(need, above | {key}) for need in needs[key] if need not in above]
            layers[key] = max(under, default=-1) + 1
        return layers[key]

    nodes = {}
    for key, one in known.items():
        kind = KINDS[one.blocker.kind]
        name = printable(blocker_name(one.blocker)).removeprefix("struct ")
        if one.blocker.kind is BlockerKind.DISPATCHER:
            name = printable(one.blocker.name.rpartition("/")[2])
        hint = f"{name}: {kind}; in the way of {_hooks(one.in_the_way)}, frees {one.frees_alone} alone"
        nodes[key] = _Node(
            key,
            one.blocker.kind.value,
            name,
            f"in the way of {one.in_the_way}",
            hint,
            layer(key, frozenset({key})),
        )
    edges = [_Edge(need, key, known[key].in_the_way) for key in known for need in needs[key]]
    return nodes, edges


def _groups(
    migration: Migration, nodes: Mapping[str, _Node]
) -> tuple[Sequence[tuple[str, int]], list[_Edge]]:
    """Hooks by the ops struct's member that holds them, and what each group waits for."""
    sizes: Counter[str] = Counter()
    direct: Counter[tuple[str, str]] = Counter()
    for hook in migration.hooks:
        if not hook.blockers:
            continue
        group = f"hooks:{hook.ref.struct}.{hook.ref.member}"
        sizes[group] += 1
        direct.update((key, group) for key in hook.blockers if key in nodes)
    groups = sorted(sizes.items(), key=lambda each: (-each[1], each[0]))[:GROUPS]
    kept = {name for name, _ in groups}
    edges = [_Edge(key, group, number) for (key, group), number in sorted(direct.items()) if group in kept]
    return groups, edges


def _columns(nodes: Mapping[str, _Node], edges: Sequence[_Edge], number: int) -> list[list[str]]:
    """The nodes of each layer, ordered so that few lines cross: by the middle of their neighbours."""
    columns: list[list[str]] = [[] for _ in range(number)]
    for key, node in nodes.items():
        columns[node.layer].append(key)
    left: dict[str, list[str]] = {}
    right: dict[str, list[str]] = {}
    for edge in edges:
        left.setdefault(edge.end, []).append(edge.start)
        right.setdefault(edge.start, []).append(edge.end)
    for sweep in range(8):
        order = range(number) if sweep % 2 == 0 else range(number - 1, -1, -1)
        beside = left if sweep % 2 == 0 else right
        for index in order:
            place = {key: (at + 0.5) / len(column) for column in columns for at, key in enumerate(column)}
            middles = {
                key: sum(place[other] for other in beside[key]) / len(beside[key])
                if beside.get(key)
                else place[key]
                for key in columns[index]
            }
            columns[index].sort(key=lambda key: (middles[key], key))
    return [column for column in columns if column]


def _places(columns: Sequence[Sequence[str]]) -> dict[str, tuple[int, int]]:
    tallest = max(map(len, columns))
    found = {}
    for index, column in enumerate(columns):
        # A short column is spread over the height of the tallest one.
        pitch = tallest * (_HEIGHT + _GAP_Y) / len(column)
        for at, key in enumerate(column):
            x = _MARGIN + index * (_WIDTH + _GAP_X)
            found[key] = (x, round(_MARGIN + at * pitch + (pitch - _HEIGHT) / 2))
    return found


def _edge(edge: _Edge, places: Mapping[str, tuple[int, int]]) -> str:
    (x1, y1), (x2, y2) = places[edge.start], places[edge.end]
    x1, y1, y2 = x1 + _WIDTH, y1 + _HEIGHT // 2, y2 + _HEIGHT // 2
    bend = (x2 - x1) // 2
    width = min(12.0, 1 + sqrt(edge.hooks) * 0.8)
    return (
        f'<path class="edge" d="M{x1} {y1}C{x1 + bend} {y1} {x2 - bend} {y2} {x2} {y2}" '
        f'stroke-width="{width:.1f}"/>'
    )


def _node(node: _Node, x: int, y: int) -> str:
    title = node.title if len(node.title) <= _LETTERS else node.title[: _LETTERS - 1] + "\u2026"
    return (
        f'<g class="node {node.style}" transform="translate({x} {y})"><title>{escape(node.hint)}</title>'
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" rx="4"/>'
        f'<text x="10" y="17" class="name">{escape(title)}</text>'
        f'<text x="10" y="32" class="note">{escape(node.note)}</text></g>'
    )


def _hooks(number: int) -> str:
    return f"{number} hook" if number == 1 else f"{number} hooks"


def _description(migration: Migration) -> str:
    first = [one for one in migration.blockers if one.blocker.shared][:5]
    listed = ", ".join(f"{printable(blocker_name(one.blocker))} ({one.in_the_way})" for one in first)
    return (
        "From left to right: what must move first, what hangs on it, and the hooks that wait. In the way of "
        f"the most hooks: {listed}. The table of blockers says the same in words."
    )
