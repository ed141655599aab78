# SPDX-License-Identifier: GPL-2.0-only
"""Which paths can be taken, and how they end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from mmapmigrate.model import outcomes
from mmapmigrate.model.body import Body
from mmapmigrate.model.file import FileModel
from mmapmigrate.model.outcomes import walks_of, walks_through
from mmapmigrate.model.walk import Ending, Walk, Worth
from mmapmigrate.syntax.nodes import encloses, field, find_all

Make = Callable[[str], Body]


@pytest.fixture
def body(model: Callable[[str], FileModel]) -> Make:
    def make(statements: str) -> Body:
        file = model(
            f"static int f(struct file *file, int busy)\n{{\n\tint ret = 0, n = 0;\n{statements}\n}}\n"
        )
        return Body(file, file.functions("f")[0])

    return make


def ways(function: Body, **results: Worth) -> list[tuple[str, Ending]]:
    """What each path returns and how it ends, with the calls worth ``results``."""
    return [(walk.returned.partition("@")[0], walk.ending) for walk in walks(function, **results)]


def walks(function: Body, **results: Worth) -> tuple[Walk, ...]:
    calls = find_all(function.body, "call_expression")
    names = {call.id: function.text(field(call, "function")) for call in calls}
    return walks_of(function, {call: results[name] for call, name in names.items() if name in results})


def test_a_path_whose_tests_contradict_each_other_is_none(body: Make) -> None:
    text = "\tif (busy)\n\t\tret = -EBUSY;\n\tif (ret)\n\t\treturn ret;\n\treturn 0;"
    assert ways(body(text)) == [("-EBUSY", Ending.FAILURE), ("0", Ending.SUCCESS)]


def test_what_is_said_of_a_call_is_asked_anew_for_another_worth(body: Make) -> None:
    function = body("\tret = g();\n\tif (ret)\n\t\treturn -EAGAIN;\n\treturn 0;")
    assert ways(function, g=Worth.ERROR) == [("-EAGAIN", Ending.FAILURE)]
    assert ways(function, g=Worth.ZERO) == [("0", Ending.SUCCESS)]
    assert ways(function) == [("-EAGAIN", Ending.FAILURE), ("0", Ending.SUCCESS)]
    assert walks(function, g=Worth.ZERO) is walks(function, g=Worth.ZERO)


BODIES = {
    "a test learned on one side only": (
        "\tif (busy)\n\t\tret = -EBUSY;\n\tif (!ret)\n\t\tret = g();\n"
        "\tif (ret)\n\t\treturn ret;\n\treturn 0;"
    ),
    "a loop that changes what a later test asks": (
        "\twhile (n < 4) {\n\t\tret = g();\n\t\tif (ret)\n\t\t\tbreak;\n\t\tn++;\n\t}\n"
        "\tif (!n)\n\t\treturn -EIO;\n\treturn ret;"
    ),
    "a way back by goto": (
        "again:\n\tret = g();\n\tif (ret == 0)\n\t\treturn 0;\n\tif (busy) {\n\t\tn = 1;\n"
        "\t\tgoto again;\n\t}\n"
        "\treturn n ? -EIO : -EINVAL;"
    ),
    "a switch, and a label in front of the end": (
        "\tswitch (busy) {\n\tcase 1:\n\t\tret = -EBUSY;\n\t\tgoto out;\n\tcase 2:\n\t\tret = g();\n"
        "\t\tbreak;\n\tdefault:\n\t\tn = 1;\n\t}\n\tif (n)\n\t\tret = h();\nout:\n\tif (ret)\n\t\tk();\n"
        "\treturn ret;"
    ),
    "arms of the preprocessor": (
        "#ifdef A\n\tret = -ENXIO;\n#endif\n\tif (ret)\n\t\tgoto out;\n\tret = g();\nout:\n\treturn ret;"
    ),
}


@pytest.mark.parametrize("text", BODIES.values(), ids=BODIES)
@pytest.mark.parametrize("results", [{}, {"g": Worth.ZERO}, {"g": Worth.ERROR, "h": Worth.NONZERO}])
def test_what_paths_share_is_followed_once_and_comes_out_the_same(
    body: Make, text: str, results: dict[str, Worth]
) -> None:
    function, alone = body(text), body(text)
    assert any(function.flow.shared)
    alone.flow.__dict__["shared"] = (0,) * len(alone.flow.paths or ())
    places = [
        [(one.flow.paths or ()).index(walk.path) for walk in walks(one, **results)]
        for one in (function, alone)
    ]
    assert places[0] == places[1] != []
    assert ways(function, **results) == ways(alone, **results)


def test_each_path_shares_the_steps_up_to_where_it_parts(body: Make) -> None:
    flow = body("\tn = 1;\n\tif (busy)\n\t\treturn 1;\n\tif (n)\n\t\treturn 2;\n\treturn 3;").flow
    # The declaration and the assignment; then the first test, which comes out so on both.
    assert flow.shared == (0, 2, 3)


@pytest.mark.parametrize("text", BODIES.values(), ids=BODIES)
@pytest.mark.parametrize("results", [{}, {"g": Worth.ZERO}, {"g": Worth.ERROR}])
def test_the_walks_through_a_node_are_those_that_hold_it(
    body: Make, text: str, results: dict[str, Worth]
) -> None:
    function = body(text)
    calls = list(find_all(function.body, "call_expression"))
    said = {
        call.id: worth
        for call in calls
        for name, worth in results.items()
        if f"{name}(" in function.text(call)
    }
    every = walks_of(function, said)
    for node in find_all(function.body, "call_expression", "expression_statement", "return_statement"):
        held = [
            walk
            for walk in every
            if any(step.node is not None and encloses(step.node, node) for step in walk.path)
        ]
        assert list(walks_through(function, said, node)) == held
    assert all((one.number == other.number) == (one.key == other.key) for one in every for other in every)


def test_no_other_path_is_followed_for_those_through_a_node(
    body: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = 30
    function = body("".join(f"\tif (a{at})\n\t\treturn g();\n" for at in range(number)) + "\treturn 0;")
    followed: list[int] = []
    follow = outcomes._follow

    def counted(body: Body, at: int, *rest: Any) -> Walk | None:
        followed.append(at)
        return follow(body, at, *rest)

    monkeypatch.setattr(outcomes, "_follow", counted)
    for call in find_all(function.body, "call_expression"):
        walks_through(function, {call.id: Worth.ERROR}, call)
    assert followed == list(range(number))
