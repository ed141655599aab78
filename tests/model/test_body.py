# SPDX-License-Identifier: GPL-2.0-only
from __future__ import annotations

from collections.abc import Callable

import pytest

from mmapmigrate.model.body import Body
from mmapmigrate.model.file import FileModel

Model = Callable[[str], FileModel]


@pytest.fixture
def body(model: Model) -> Callable[[str], Body]:
    def make(statements: str) -> Body:
        file = model(f"static int f(struct file *file, struct vm_area_struct *vma)\n{{\n{statements}\n}}\n")
        return Body(file, file.functions("f")[0])

    return make


Make = Callable[[str], Body]


def test_what_the_grammar_shows_is_read(body: Make) -> None:
    text = "\t/* vma */\n\tg(vma, (vma)->vm_start, foo->vma, foo.vma);\n\treturn vma->vm_pgoff ? 0 : h(&vma);"
    assert body(text).unread("vma") == ()
    assert len(body(text).uses_of("vma")) == 4


@pytest.mark.parametrize(
    "text",
    [
        "\tFOO(vma int);\n\treturn 0;",
        "#ifdef A\n\tif (x)\n#else\n\tif (vma->vm_pgoff)\n#endif\n\t\treturn 1;\n\treturn 0;",
    ],
    ids=["a macro's argument that is no expression", "the arm that was left out"],
)
def test_what_the_grammar_does_not_show_is_unread(body: Make, text: str) -> None:
    made = body(text)
    data = made.data
    assert [data[at : at + 3] for at in made.unread("vma")] == [b"vma"]


def test_a_local_holds_what_it_is_given(body: Make) -> None:
    made = body("\tint a = 1, b;\n\tb = a;\n\tb += 2;\n\treturn b;")
    single = made.locals["a"].single
    assert single is not None and made.text(single) == "1"
    assert made.locals["b"].single is None
    assert (made.locals["b"].writes, len(made.locals["b"].reads)) == (1, 1)


def test_a_pointer_to_a_function_is_a_local(body: Make) -> None:
    made = body("\tint (*a)(int b), (*c[2])(int b), *(*d)(void);\n\ta = g;\n\treturn a(1) + c[0](2) + *d();")
    assert {name: local.type for name, local in made.locals.items()} == {
        "a": "int() *",
        "c": "int() *[]",
        "d": "int *() *",
    }
    single = made.locals["a"].single
    assert single is not None and made.text(single) == "g"


def test_a_name_that_is_declared_twice_is_no_local(body: Make) -> None:
    assert body("\tint a = 1;\n\t{ int a = 2; g(a); }\n\treturn a;").locals == {}


@pytest.mark.parametrize(
    ("call", "writes"),
    [
        pytest.param('FOO_ERROR("failed: %d\\n", ret);', 0, id="printed"),
        pytest.param('FOO_ERROR(foo, "failed" ": %d\\n", (ret));', 0, id="printed by two strings"),
        pytest.param('FOO_ERROR(ret, "failed: %d\\n", foo);', 1, id="in front of the format"),
        pytest.param('FOO_READ(foo, "size", ret);', 1, id="behind a name"),
        pytest.param("FOO_READ(foo, ret);", 1, id="without a string"),
        pytest.param('FOO_READ(foo("%d"), ret);', 1, id="behind another call's format"),
    ],
)
def test_what_a_macro_of_unknown_text_prints_is_not_written(body: Make, call: str, writes: int) -> None:
    assert body(f"\tint ret = g();\n\n\t{call}\n\treturn ret;").locals["ret"].writes == writes


@pytest.mark.parametrize(
    ("macro", "use", "known"),
    [
        pytest.param("#define SET ret = 3", "SET;", False, id="by itself"),
        pytest.param("#define SET(x) ((x) = 3)", "SET(ret);", False, id="as a parameter"),
        pytest.param("#define SET(x) foo(&(x))", "SET(ret);", False, id="its address"),
        pytest.param("#define GET(x) ((x) == 3)", "GET(ret);", True, id="compared"),
        pytest.param("#define GET (foo.ret = 3)", "GET;", True, id="a member"),
        pytest.param("#define SET ret = 3", "foo();", True, id="unused"),
    ],
)
def test_a_local_that_a_macro_writes(model: Model, macro: str, use: str, known: bool) -> None:
    file = model(f"{macro}\nint f(void)\n{{\n\tint ret = 0;\n\n\t{use}\n\treturn ret;\n}}\n")
    assert ("ret" in Body(file, file.functions("f")[0]).locals) is known
