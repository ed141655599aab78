# SPDX-License-Identifier: GPL-2.0-only
"""State that a hook takes and gives back itself is none that a mapping leaves behind."""

from __future__ import annotations

import pytest

from mmapmigrate.convert.conversion import Tier
from tests.convert.support import complete, convert, driver, refused

KEPT_TO_ITSELF = [
    pytest.param(
        """
        struct foo_range *range;
        int ret;

        range = kmalloc(sizeof(*range), GFP_KERNEL);
        if (!range)
                return -ENOMEM;
        memset(range, 0, sizeof(*range));
        range->index = vma->vm_pgoff;
        ret = foo_query(file, range);
        kfree(range);
        if (ret)
                return ret;
        return REMAP;
        """,
        id="memory freed before the remap",
    ),
    pytest.param(
        """
        struct foo_range *range = kmalloc(sizeof(*range), GFP_KERNEL);
        int ret;

        if (!range)
                return -ENOMEM;
        range->index = 0;
        ret = REMAP;
        kfree(range);
        return ret;
        """,
        id="memory freed after the remap",
    ),
    pytest.param(
        """
        struct foo_range *range __free(kfree) = kmalloc(sizeof(*range), GFP_KERNEL);

        if (!range)
                return -ENOMEM;
        range->index = vma->vm_pgoff;
        if (foo_query(file, range))
                return -EIO;
        return REMAP;
        """,
        id="memory freed by the scope",
    ),
    pytest.param(
        """
        struct foo *foo = file->private_data;
        int ret;

        get_device(foo->dev);
        ret = foo_query(foo);
        put_device(foo->dev);
        if (ret)
                return ret;
        return REMAP;
        """,
        id="reference dropped",
    ),
    pytest.param(
        """
        struct foo *foo = file->private_data;

        percpu_ref_get_many(&foo->ref, 4);
        percpu_ref_put_many(&foo->ref, 4);
        return REMAP;
        """,
        id="references dropped",
    ),
    pytest.param(
        """
        struct foo_holder holder;
        int ret;

        ret = foo_lock_init(file, &holder);
        if (ret)
                return ret;
        foo_unlock_uninit(&holder);
        return REMAP;
        """,
        id="object on the stack",
    ),
    pytest.param(
        """
        int id;

        id = foo_id_get(file);
        foo_note(id);
        foo_id_put(id);
        return REMAP;
        """,
        id="value handed back",
    ),
]


@pytest.mark.parametrize("body", KEPT_TO_ITSELF)
def test_what_is_given_back_before_the_hook_returns_is_kept_to_itself(body: str) -> None:
    text = body.replace("foo_note(id);", 'pr_debug("id %d\\n", id);')
    assert complete(text).rstrip().endswith(("return 0;", "return ret;"))


LEFT_BEHIND = [
    pytest.param(
        """
        struct foo_range *range = kmalloc(sizeof(*range), GFP_KERNEL);

        if (!range)
                return -ENOMEM;
        if (vma->vm_pgoff)
                kfree(range);
        return REMAP;
        """,
        "stateful",
        id="freed on one path",
    ),
    pytest.param(
        """
        struct foo *foo = file->private_data;
        struct foo_range *range = kmalloc(sizeof(*range), GFP_KERNEL);

        kfree(foo->range);
        return REMAP;
        """,
        "stateful",
        id="something else freed",
    ),
    pytest.param(
        """
        struct foo *foo = file->private_data;
        struct foo_range *range;

        range = kmalloc(sizeof(*range), GFP_KERNEL);
        range = foo->range;
        kfree(range);
        return REMAP;
        """,
        "stateful",
        id="local changed between",
    ),
    pytest.param(
        """
        struct page **pages = kmalloc(sizeof(*pages), GFP_KERNEL);
        int ret;

        pages[0] = foo_page;
        ret = vm_map_pages_zero(vma, pages, vma_pages(vma));
        kfree(pages);
        return ret;
        """,
        "stateful",
        id="array that the action reads",
    ),
    pytest.param(
        """
        struct foo *foo = file->private_data;
        struct foo_range *range __free(kfree) = kmalloc(sizeof(*range), GFP_KERNEL);

        foo->range = no_free_ptr(range);
        return REMAP;
        """,
        "stateful",
        id="taken from the scope",
    ),
    pytest.param(
        """
        struct foo *foo = file->private_data;

        get_device(foo->dev);
        put_device(foo->parent);
        return REMAP;
        """,
        "stateful",
        id="reference of another device",
    ),
    pytest.param(
        """
        struct foo *foo = file->private_data;
        int ret;

        get_device(foo->dev);
        ret = REMAP;
        put_device(foo->dev);
        return ret;
        """,
        "stateful",
        id="reference held over the remap",
    ),
    pytest.param(
        """
        struct foo *foo = file->private_data;

        atomic_set(&foo->users, 1);
        atomic_dec(&foo->users);
        return REMAP;
        """,
        "stateful",
        id="count set",
    ),
    pytest.param(
        """
        struct foo *foo = file->private_data;

        atomic_add(2, &foo->users);
        atomic_sub(1, &foo->users);
        return REMAP;
        """,
        "stateful",
        id="count by more",
    ),
    pytest.param(
        """
        struct foo *foo = file->private_data;

        refcount_add(2, &foo->first);
        refcount_sub(2, &foo->second);
        return REMAP;
        """,
        "stateful",
        id="references of another object",
    ),
    pytest.param(
        """
        struct foo *foo = file->private_data;

        percpu_ref_get_many(&foo->ref, 4);
        percpu_ref_put(&foo->ref);
        return REMAP;
        """,
        "stateful",
        id="references by more",
    ),
    pytest.param(
        """
        struct foo *foo = file->private_data;

        get_device(foo->dev);
        foo->dev = foo->parent;
        put_device(foo->dev);
        return REMAP;
        """,
        "stateful",
        id="member replaced",
    ),
    pytest.param(
        """
        struct foo *foo = file->private_data;

        get_device(foo->dev);
        foo_next(&foo);
        put_device(foo->dev);
        return REMAP;
        """,
        "stateful",
        id="pointer lent",
    ),
    pytest.param(
        """
        struct foo *foo = file->private_data;
        int i;

        for (i = 0; i < foo->count; i++)
                get_device(foo->dev);
        put_device(foo->dev);
        return REMAP;
        """,
        "stateful",
        id="taken in a loop",
    ),
    pytest.param(
        """
        struct foo_holder holder, other;

        foo_lock_init(file, &holder);
        foo_unlock_uninit(&other);
        return REMAP;
        """,
        "unproven-effect",
        id="another object on the stack",
    ),
    pytest.param(
        """
        struct foo *foo = file->private_data;

        foo_area_start(foo);
        foo_area_stop(foo);
        return REMAP;
        """,
        "unproven-effect",
        id="only the names of strange functions",
    ),
]


@pytest.mark.parametrize(("body", "code"), LEFT_BEHIND)
def test_what_may_stay_behind_is_a_reason(body: str, code: str) -> None:
    assert code in refused(body)


PAIR = """
static struct foo_range *foo_range_get(struct foo *foo)
{{
        struct foo_range *range = kmalloc(sizeof(*range), GFP_KERNEL);

        if (range)
                range->foo = foo;
        {take}
        return range;
}}

static void foo_range_put(struct foo_range *range)
{{
        {give}
        kfree(range);
}}
"""
USED = """
struct foo *foo = file->private_data;
struct foo_range *range;

range = foo_range_get(foo);
if (!range)
        return -ENOMEM;
foo_range_put(range);
return REMAP;
"""


@pytest.mark.parametrize(
    ("take", "give"),
    [
        pytest.param("", "", id="memory"),
        pytest.param("atomic_inc(&foo->users);", "atomic_dec(&range->foo->users);", id="a count too"),
    ],
)
def test_the_bodies_of_a_pair_leave_nothing(take: str, give: str) -> None:
    assert "foo_range_get(foo);" in complete(USED, PAIR.format(take=take, give=give))


@pytest.mark.parametrize(
    ("take", "give"),
    [
        pytest.param("atomic_inc(&foo->maps);", "", id="a count more"),
        pytest.param("foo->maps++;", "", id="a plain count more"),
        pytest.param("foo->mapped = true;", "", id="a store"),
        pytest.param(
            "atomic_inc(&foo->maps);\n        if (!range)\n                atomic_dec(&foo->maps);",
            "",
            id="a count more where it works",
        ),
        pytest.param("", "last_range = range;", id="a store on the way back"),
        pytest.param("", "range->foo->mapped = false;", id="a store behind the object"),
        pytest.param("", "atomic_inc(&range->foo->maps);", id="a count on the way back"),
        pytest.param('asm volatile ("nop");', "", id="assembly"),
    ],
)
def test_the_bodies_of_a_pair_may_leave_more(take: str, give: str) -> None:
    assert refused(USED, PAIR.format(take=take, give=give)) & {"stateful", "unproven-effect", "store"}


def test_a_helper_gives_back_what_it_takes() -> None:
    helper = """
    static int foo_remap(struct foo *foo, struct vm_area_struct *vma)
    {
            struct foo_range *range = kmalloc(sizeof(*range), GFP_KERNEL);

            if (!range)
                    return -ENOMEM;
            range->index = vma->vm_pgoff;
            kfree(range);
            return vm_iomap_memory(vma, foo->base, foo->size);
    }
    """
    result = convert(driver("return foo_remap(file->private_data, vma);", helper))
    assert result.conversion.reasons == ()


@pytest.mark.parametrize(
    ("end", "tier"),
    [
        pytest.param("clear_bit(0, &foo->busy);", Tier.REVIEW, id="given back"),
        pytest.param("", Tier.SKELETON, id="kept"),
        pytest.param(
            "if (foo->gone)\n                    clear_bit(0, &foo->busy);",
            Tier.SKELETON,
            id="given back at times",
        ),
    ],
)
def test_a_function_that_evens_out_is_for_a_person_to_look_at(end: str, tier: Tier) -> None:
    refresh = f"""
    static int foo_refresh(struct foo *foo)
    {{
            set_bit(0, &foo->busy);
            if (foo_reload(foo))
                    return -EIO;
            {end}
            return 0;
    }}
    """
    result = convert(driver("return foo_refresh(file->private_data) ?: foo_check(vma->vm_start);", refresh))
    assert result.tier is tier


def test_a_macro_may_do_anything() -> None:
    macro = "#define foo_range_get(foo) (atomic_inc(&foo_maps), kmalloc(FOO_SIZE, GFP_KERNEL))"
    assert refused(USED, macro) & {"stateful", "unproven-effect", "store"}
