# SPDX-License-Identifier: GPL-2.0-only
"""What a patch's subject begins with: the files' history, else their folder."""

from __future__ import annotations

import pytest

from mmapmigrate.model.modules import Module
from mmapmigrate.series.subjects import LONGEST, WORDS, Prefix, from_history, from_path, joined, shared

FILE = "drivers/misc/bcm-vk/bcm_vk_dev.c"
MODULES = (Module("drivers/misc/bcm-vk", "bcm_vk"),)


@pytest.mark.parametrize(
    ("history", "prefix"),
    [
        pytest.param(["misc: bcm-vk: fix a race"], "misc: bcm-vk", id="as-before"),
        pytest.param(["misc: bcm_vk: fix: a race"], "misc: bcm_vk", id="a-part-that-is-no-name-ends-it"),
        pytest.param(
            ["treewide: rename x", "mm: drop y", "misc: bcm-vk: fix z"],
            "misc: bcm-vk",
            id="tree-wide-changes",
        ),
        pytest.param(["misc: constify", "misc: constify", "bcm-vk: fix"], "bcm-vk", id="the-driver-wins"),
        pytest.param(["bcm-vk: a", "misc: bcm-vk: b", "misc: bcm-vk: c"], "misc: bcm-vk", id="the-frequent"),
        pytest.param(["bcm-vk: a", "misc: bcm-vk: b"], "bcm-vk", id="the-newer-of-equals"),
        pytest.param(["UPSTREAM: misc: bcm-vk: a", "[PATCH] misc: bcm-vk: b"], "misc: bcm-vk", id="tags"),
    ],
)
def test_history_votes(history: list[str], prefix: str) -> None:
    assert from_history(FILE, MODULES, history) == Prefix(prefix)


@pytest.mark.parametrize(
    "line",
    ['Revert "misc: bcm-vk: fix a race"', "Import Linux 7.3", "Linux 7.3: a very long sentence: bcm-vk", ""],
)
def test_what_has_no_vote(line: str) -> None:
    assert from_history(FILE, MODULES, [line]) is None


def test_a_capital_follows_where_it_mostly_did() -> None:
    said = ["x86/sgx: Fix a", "x86/sgx: Drop b", "x86/sgx: add c"]
    assert from_history("arch/x86/kernel/cpu/sgx/virt.c", (), said) == Prefix("x86/sgx", True)


@pytest.mark.parametrize(
    ("path", "module", "prefix"),
    [
        (FILE, "bcm_vk", "misc: bcm_vk"),
        ("drivers/soc/aspeed/aspeed-lpc-ctrl.c", "aspeed-lpc-ctrl", "soc: aspeed: lpc-ctrl"),
        ("drivers/dma/idxd/cdev.c", "idxd", "dmaengine: idxd"),
        ("drivers/tee/tee_shm.c", "tee", "tee"),
        ("arch/powerpc/platforms/powernv/memtrace.c", "memtrace", "powerpc/powernv: memtrace"),
        ("fs/udf/file.c", "udf", "udf"),
        ("fs/pipe.c", "pipe", "pipe"),
        ("sound/core/init.c", "snd", "ALSA: snd"),
        ("foo.c", "foo", "foo"),
        ("my/own/foo.c", "bar", "bar"),
    ],
)
def test_folders_have_usual_prefixes(path: str, module: str, prefix: str) -> None:
    assert from_path(path, (Module("", module),)).text == prefix


def test_a_subject_fits_its_columns() -> None:
    assert joined(Prefix("a: b"), WORDS) == f"a: b: {WORDS[0]}"
    assert joined(Prefix("a" * 50), WORDS) == "a" * 50 + f": {WORDS[1]}"
    long = joined(Prefix("subsystem: " + "b" * 60), WORDS)
    assert len(long) <= LONGEST
    assert joined(Prefix("a" * 90), WORDS) == WORDS[0]


def test_what_all_subjects_share() -> None:
    assert shared(["misc: a: convert x", "misc: b: convert x"]).text == "misc"
    assert shared(["misc: a: convert x", "b: convert x"]).text == ""
