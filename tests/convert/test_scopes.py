# SPDX-License-Identifier: GPL-2.0-only
"""``__free()``: what the end of a scope releases, an action may still need."""

from __future__ import annotations

import pytest

from mmapmigrate.convert.conversion import Tier
from tests.convert.support import complete, convert, driver


def test_pages_that_the_scope_frees_are_gone_when_the_action_runs() -> None:
    body = """
    struct page **pages __free(kfree) = foo_pages_of(file);

    return vm_map_pages(vma, pages, FOO_PAGES);
    """
    result = convert(driver(body))
    assert result.tier is Tier.BLOCKED
    assert "released-on-return" in result.codes


@pytest.mark.parametrize("name", ["foo_unlock", "pm_runtime_release"])
def test_a_release_that_nobody_knows_may_have_waited_for_the_mapping(name: str) -> None:
    body = f"""
    struct foo *foo __free({name}) = foo_of(file);

    return remap_pfn_range(vma, vma->vm_start, foo->pfn, vma->vm_end - vma->vm_start, vma->vm_page_prot);
    """
    result = convert(driver(body))
    assert result.tier is Tier.REVIEW
    assert "result-after-action" in result.codes


@pytest.mark.parametrize(
    "attribute", ["cleanup(foo_unlock)", "__cleanup__(foo_unlock)"], ids=["plain", "underscored"]
)
def test_the_attribute_behind_a_release_counts_too(attribute: str) -> None:
    body = f"""
    struct foo *foo __attribute__(({attribute})) = foo_of(file);

    return REMAP;
    """
    result = convert(driver(body))
    assert [(reason.code, attribute in reason.message) for reason in result.conversion.reasons] == [
        ("result-after-action", True)
    ]


def test_an_attribute_that_releases_nothing_is_none() -> None:
    body = """
    struct foo *foo __attribute__((unused)) = foo_of(file);

    return REMAP;
    """
    assert "__attribute__((unused))" in complete(body)


def test_memory_of_the_scope_alone_need_not_wait() -> None:
    body = """
    char *name __free(kfree) = foo_name_of(file);

    if (!name)
            return -ENOMEM;
    return REMAP;
    """
    assert "__free(kfree)" in complete(body)


def test_without_an_action_nothing_comes_after_the_scope() -> None:
    body = """
    struct foo *foo __free(foo_unlock) = foo_of(file);

    if (!foo->ready)
            return -ENODEV;
    vm_flags_set(vma, VM_IO);
    return 0;
    """
    assert "__free(foo_unlock)" in complete(body)


@pytest.mark.parametrize(
    "declaration",
    [
        "int users __cleanup(foo_end) = 0",
        "int users __attribute__((cleanup(foo_end)))",
        "struct foo *foo __free(foo_put) = foo_first",
        "void *name __free(kfree) = foo_name",
    ],
)
def test_a_scope_that_ends_what_the_hook_did_not_begin(declaration: str) -> None:
    body = f"{declaration};\n\nvm_flags_set(vma, VM_IO);\nreturn 0;"
    result = convert(driver(body))
    assert (result.tier, result.codes) == (Tier.REVIEW, {"unproven-effect"})


def test_a_scope_that_ends_what_a_call_began_later() -> None:
    body = """
    char *name __free(kfree) = NULL;

    name = foo_name_of(file);
    if (!name)
            return -ENOMEM;
    vm_flags_set(vma, VM_IO);
    return 0;
    """
    assert "__free(kfree)" in complete(body)
