# SPDX-License-Identifier: GPL-2.0-only
"""The kernels that a file is built for, as far as it tests LINUX_VERSION_CODE (include/linux/version.h).

Code of a kernel tree serves that kernel alone. A driver from outside serves several, and its tests say so.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mmapmigrate.model.file import FileModel

_WORD = b"LINUX_VERSION_CODE"
_COMPARES = re.compile(rb"\bLINUX_VERSION_CODE[\s)]*+[<>=!]|[<>=][\s(]*+LINUX_VERSION_CODE\b")
_RELEASE = r"\(*KERNEL_VERSION\((\d+),(\d+),(\d+)\)+"
_TEST = re.compile(r"\(*LINUX_VERSION_CODE\)*(<=|>=|<|>|==|!=)" + _RELEASE)
_TURNED = re.compile(_RELEASE + r"(<=|>=|<|>|==|!=)\(*LINUX_VERSION_CODE\)*")
_OTHER_WAY = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}
_COMPARED: dict[str, Callable[[tuple[int, ...], tuple[int, ...]], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
}


def release_test(file: FileModel) -> tuple[FileModel, int] | None:
    """Where ``file`` first tests which kernel it is built for, or else a header of its driver.

    It is the file, and the offset of the ``#if`` or ``#elif``. None where no test is found.
    """
    return file.once("the kernels it is built for", lambda: _release_test(file))


def serves(file: FileModel, offset: int, release: str) -> bool:
    """Whether a place may be built for the kernel ``release``: no test of the version around it says no."""
    numbers = tuple(int(number) for number in re.findall(r"\d+", release)[:3])
    if len(numbers) < 2 or not file.holds(_WORD):
        return True
    for condition in file.unit.conditions(offset):
        arms = file.unit.conditionals.arms(condition.group)
        said = [_holds(arm.condition.text, numbers) for arm in arms[: condition.branch + 1]]
        if said[-1] is False or True in said[:-1]:
            return False
    return True


def _release_test(file: FileModel) -> tuple[FileModel, int] | None:
    for one in (file, *file.headers()):
        if not one.holds(_WORD):
            continue
        for directive in one.unit.directives:
            tests = directive.name in (b"if", b"elif")
            if tests and _COMPARES.search(one.unit.code, directive.argument, directive.end):
                return one, directive.start
    return None


def _holds(text: str, release: tuple[int, ...]) -> bool | None:
    """Whether a condition holds for a release, None where it is not known."""
    plain = re.sub(r"\s", "", text)
    test, turned = _TEST.fullmatch(plain), _TURNED.fullmatch(plain)
    if test is not None:
        how, *numbers = test.groups()
    elif turned is not None:
        *numbers, how = turned.groups()
        how = _OTHER_WAY.get(how, how)
    else:
        return None
    return _COMPARED[how](release, tuple(map(int, numbers))[: len(release)])
