# SPDX-License-Identifier: GPL-2.0-only
"""What stands beside a hook that cannot be converted, and what keeps it from standing there."""

from __future__ import annotations

import pytest

from mmapmigrate.convert.conversion import Tier
from tests.convert.support import TABLE, Result, c, convert, driver, hook

COHERENT = "dma_mmap_coherent(foo_dev, vma, foo_buf, foo_dma, foo_len)"


def skeleton(body: str, before: str = "") -> Result:
    """What becomes of a driver with this hook."""
    old = driver(body, before)
    result = convert(old, skeletons=True)
    assert result.new is not None, result.conversion.no_skeleton
    assert result.conversion.edits == {}
    kept = result.new.replace(result.new[result.new.index("\n/*\n * Skeleton of foo_mmap()") :], "")
    assert old.startswith(kept) or before, "the old hook is as it was"
    assert old[old.index(TABLE) :] == result.new[result.new.index(TABLE) :], "the table is as it was"
    return result


def body(text: str, before: str = "") -> str:
    """The body of a hook's skeleton."""
    return skeleton(text, before).body()


def test_it_stands_beside_the_hook_and_says_what_it_is() -> None:
    result = skeleton(f"return {COHERENT};")
    assert result.new is not None
    assert result.tier is Tier.BLOCKED
    assert result.new.replace(result.old[: result.old.index(TABLE)], "").startswith(
        c("""
        /*
         * Skeleton of foo_mmap(), which stays in use until this one is finished. It
         * fails with -ENODEV where something is left to be written.
         */
        static int __maybe_unused foo_mmap_prepare(struct vm_area_desc *desc)
        {
        """).join(("\n", ""))
    )


def test_a_missing_return_fails() -> None:
    assert body(f"return {COHERENT};") == c("""
        /*
         * FIXME: dma_mmap_coherent() has no mmap_prepare counterpart in Linux
         * 7.3.4:
         *	return dma_mmap_coherent(foo_dev, vma, foo_buf, foo_dma, foo_len);
         */
        return -ENODEV;
        """)


def test_what_is_known_is_converted_around_what_is_not() -> None:
    new = body(f"""
        struct foo *foo = file->private_data;
        int ret;

        if (vma->vm_end - vma->vm_start > foo->size)
                return -EINVAL;
        mutex_lock(&foo->lock);
        ret = {COHERENT};
        if (ret)
                goto out;
        vma->vm_ops = &foo_vm_ops;
        out:
        mutex_unlock(&foo->lock);
        return ret;
        """)
    assert "struct file *file = desc->file;" in new
    assert "if (vma_desc_size(desc) > foo->size)" in new
    assert "\tret = -ENODEV;\n\tif (ret)\n\t\tgoto out;\n" in "\t" + new.replace("\n", "\n\t")
    assert "desc->vm_ops = &foo_vm_ops;" in new
    assert new.endswith("mutex_unlock(&foo->lock);\nreturn ret;")


def test_a_statement_without_proof_stays_below_its_reason() -> None:
    new = body("""
        struct foo *foo = file->private_data;

        atomic_inc(&foo->maps);
        vma->vm_private_data = foo;
        return 0;
        """)
    assert "changes state that stays behind if the\n * mapping never comes to be\n */\natomic_inc(" in new
    assert new.endswith("return 0;")


def test_statements_in_a_row_that_say_the_same_have_one_comment() -> None:
    new = body(f"""
        struct foo *foo = file->private_data;

        foo->start = vma->vm_start;
        foo->end = vma->vm_end;
        return {COHERENT};
        """)
    assert "FIXME: each of the next 2 statements stores outside the hook" in new
    assert new.count("stores outside") == 1


def test_nothing_succeeds_behind_a_statement_that_is_gone() -> None:
    new = body("""
        struct foo *foo = file->private_data;

        foo->vma = vma;
        return 0;
        """)
    assert "\n *	foo->vma = vma;\n" in new
    assert new.endswith("return -ENODEV;")


def test_the_result_of_what_comes_later_is_no_success_either() -> None:
    new = body("""
        struct foo *foo = file->private_data;
        int ret = foo_check(foo);

        foo->vma = vma;
        foo_log(foo);
        return ret;
        """)
    assert new.endswith("return ret ?: -ENODEV;")


def test_a_local_that_only_a_missing_statement_read_is_kept_for_it() -> None:
    new = body(f"""
        struct foo *foo = file->private_data;

        return {COHERENT.replace("foo_dev", "foo->dev")};
        """)
    assert "struct foo *foo __maybe_unused = file->private_data;" in new


def test_a_local_without_a_value_ends_the_hook() -> None:
    new = body("""
        struct foo *foo = vma->vm_private_data;
        struct bar *bar = foo->bar;

        if (!bar->ready)
                return -EAGAIN;
        return 0;
        """)
    assert "struct foo *foo __maybe_unused;" in new
    assert "struct bar *bar;" in new
    assert "\n\nreturn -ENODEV;\n\nif (!bar->ready)" in new


def test_a_result_that_nothing_sets_any_more_starts_as_success() -> None:
    new = body(f"""
        int ret;

        if (foo_len)
                ret = {COHERENT};
        else if (foo_pfn)
                ret = REMAP;
        else
                return -EINVAL;
        if (ret)
                return -EAGAIN;
        return 0;
        """)
    assert new.startswith("int ret = 0;\n\nif (foo_len) {\n")
    assert "\n\treturn -ENODEV;\n} else if (foo_pfn) {\n\tmmap_action_remap_full(desc, foo_pfn);\n" in new


def test_a_result_that_is_always_set_starts_as_nothing() -> None:
    new = body(f"""
        int ret;

        ret = foo_ready();
        if (ret)
                return ret;
        return {COHERENT};
        """)
    assert new.startswith("int ret;\n\nret = foo_ready();\n")


def test_a_loop_goes_as_a_whole() -> None:
    new = body("""
        unsigned long at = vma->vm_start;
        int i, ret = 0;

        for (i = 0; i < foo_count; i++) {
                ret = remap_pfn_range(vma, at, foo_pfns[i], PAGE_SIZE, vma->vm_page_prot);
                if (ret)
                        break;
                at += PAGE_SIZE;
        }
        return ret;
        """)
    assert " *	for (i = 0; i < foo_count; i++) {\n" in new
    assert "\nfor" not in new
    assert "ret = -ENODEV;\nreturn ret;" in new
    assert "int i __maybe_unused, ret = 0;" in new


def test_a_label_that_nothing_jumps_to_goes() -> None:
    new = body("""
        struct foo *foo = file->private_data;

        if (dma_mmap_coherent(foo->dev, vma, foo->buf, foo->dma, foo->len))
                goto fail;
        return 0;
        fail:
        foo_put(foo);
        return -EAGAIN;
        """)
    assert "fail:\n" not in new.replace(" *", "")
    assert new.endswith("return -ENODEV;\nfoo_put(foo);\nreturn -EAGAIN;")


def test_an_arm_without_braces_gets_them() -> None:
    new = body(f"""
        if (vma->vm_pgoff)
                return {COHERENT};
        else
                return -EINVAL;
        """)
    assert new.startswith("if (desc->pgoff) {\n\t/*\n\t * FIXME: ")
    assert "\t */\n\treturn -ENODEV;\n} else" in new


def test_an_arm_that_is_but_a_comment_has_braces() -> None:
    new = body("""
        struct foo *foo = file->private_data;
        int ret = foo_start(foo);

        if (ret)
                foo_take_back(vma);
        return ret;
        """)
    assert "if (ret) {\n\t/*\n\t * FIXME: " in new
    assert new.endswith("\t */\n}\nreturn ret ?: -ENODEV;")


def test_a_comment_in_a_quote_does_not_end_the_comment() -> None:
    new = body('foo_show(vma, "/* %d */" /* why */);\nreturn 0;')
    assert ' *	foo_show(vma, "/ * %d * /" );\n' in new


def test_a_helper_gets_a_twin() -> None:
    result = skeleton(
        f"""
        if (foo_check(vma, 1))
                return -EINVAL;
        return {COHERENT};
        """,
        """
        static int foo_check(struct vm_area_struct *vma, int strict)
        {
                return strict && vma->vm_pgoff ? -EINVAL : 0;
        }
        """,
    )
    assert result.new is not None
    assert (
        "static int __maybe_unused foo_check_desc(struct vm_area_desc *desc, int strict)\n{\n"
        "\treturn strict && desc->pgoff ? -EINVAL : 0;\n}\n" in result.new
    )
    assert "if (foo_check_desc(desc, 1))" in result.body()
    assert "static int foo_check(struct vm_area_struct *vma, int strict)" in result.new


def test_a_helper_behind_its_caller_gets_no_twin_for_it() -> None:
    new = skeleton(
        f"""
        foo_end(vma);
        if (foo_start(vma))
                return -EINVAL;
        return {COHERENT};
        """,
        """
        static void foo_end(struct vm_area_struct *vma);

        static int foo_start(struct vm_area_struct *vma)
        {
                if (vma->vm_pgoff)
                        foo_end(vma);
                return 0;
        }

        static void foo_end(struct vm_area_struct *vma)
        {
                pr_debug("%lx\\n", vma->vm_end);
        }
        """,
    )
    assert "foo_end_desc(desc);" in new.body()
    assert "foo_end_desc(desc);" not in new.body("foo_start_desc")
    assert "it stands behind its caller" in " ".join(new.body("foo_start_desc").split())


def test_a_local_whose_address_only_a_missing_statement_took_is_kept_for_it() -> None:
    new = body("""
        struct foo_range range = { .first = 0 };

        return foo_map(&range, vma);
        """)
    assert "struct foo_range range __maybe_unused = { .first = 0 };" in new


def test_a_helper_that_cannot_fail_and_lacks_something_gets_none() -> None:
    new = body(
        "foo_keep(vma);\nreturn 0;",
        """
        static void foo_keep(struct vm_area_struct *vma)
        {
                foo_vma = vma;
        }
        """,
    )
    assert "FIXME: foo_keep() takes the VMA: it does not return an errno" in " ".join(new.split())
    assert "foo_keep_desc" not in new
    assert new.endswith("return -ENODEV;")


def test_state_that_moves_to_mapped_is_quoted_and_the_table_is_left_alone() -> None:
    before = """
        static void foo_open(struct vm_area_struct *vma)
        {
                struct foo *foo = vma->vm_private_data;

                atomic_inc(&foo->maps);
        }

        static const struct vm_operations_struct foo_counted_ops = {
                .open = foo_open,
        };
        """
    result = skeleton(
        f"""
        int ret;

        vma->vm_ops = &foo_counted_ops;
        vma->vm_private_data = file->private_data;
        foo_open(vma);
        ret = {COHERENT};
        return ret;
        """,
        before,
    )
    assert result.new is not None
    assert " *	foo_open(vma);\n" in result.body()
    assert ".mapped" not in result.new


def test_where_the_body_cannot_be_kept_the_reasons_are() -> None:
    new = body("""
        struct foo *foo = file->private_data;
        struct page *page;

        spin_lock(&foo->lock);
        page = foo_page_of(vma);
        foo_use(page);
        spin_unlock(&foo->lock);
        return 0;
        """)
    assert " *	page = foo_page_of(vma);\n" in new
    assert "\nfoo_use(page);" not in new
    assert new.endswith("return -ENODEV;")


def test_each_definition_has_one() -> None:
    text = (
        "#ifdef CONFIG_FOO\n"
        + hook(f"return {COHERENT};")
        + "#else\n"
        + hook("vma->vm_ops = &foo_vm_ops;\nreturn 0;")
        + "#endif\n"
        + TABLE
    )
    new = convert(text, skeletons=True).new
    assert new is not None
    assert new.count("foo_mmap_prepare(struct vm_area_desc *desc)") == 2
    assert new.index("FIXME") < new.index("#else") < new.rindex("foo_mmap_prepare(") < new.index("#endif")


def test_one_that_is_not_static_is_static_beside_it_and_behind_its_export() -> None:
    old = hook(f"return {COHERENT};").removeprefix("static ") + "EXPORT_SYMBOL_GPL(foo_mmap);\n" + TABLE
    new = convert(old, skeletons=True).new
    assert new is not None
    assert "EXPORT_SYMBOL_GPL(foo_mmap);\n\n/*\n * Skeleton of" in new
    assert "static int __maybe_unused foo_mmap_prepare(" in new


def test_the_newlines_are_those_of_the_file() -> None:
    old = driver(f"return {COHERENT};").replace("\n", "\r\n")
    new = convert(old, skeletons=True).new
    assert new is not None
    assert "\n" not in new.replace("\r\n", "")


def test_no_line_of_it_ends_in_white_space() -> None:
    result = skeleton(f"foo_log(); \nreturn {COHERENT};")
    assert result.new is not None
    assert "foo_log();\n" in result.new
    assert "foo_log(); \n" in result.old


def test_a_second_run_finds_it_and_says_what_is_left() -> None:
    first = skeleton(f"atomic_inc(&foo_maps);\nreturn {COHERENT};")
    assert first.new is not None
    second = convert(first.new, skeletons=True)
    assert second.new is None
    assert second.tier is first.tier
    [reason] = [reason for reason in second.conversion.reasons if reason.code == "skeleton"]
    assert reason.message.startswith("foo_mmap_prepare() at line ")
    assert "is a skeleton with 2 FIXMEs left (lines " in reason.message
    assert set(second.codes) == {*first.codes, "skeleton"}


def test_a_finished_one_holds_the_hook_until_the_table_names_it() -> None:
    first = skeleton(f"return {COHERENT};")
    assert first.new is not None
    done = convert(first.new.replace("FIXME", "Was"), skeletons=True)
    assert done.new is None
    assert "has no FIXME left: name it in .mmap_prepare" in str(done.conversion.reasons)


def test_a_hook_that_converts_gets_none() -> None:
    result = convert(driver("return REMAP;"), skeletons=True)
    assert result.tier is Tier.COMPLETE
    assert result.conversion.skeleton == {}


def test_none_is_made_unasked() -> None:
    assert convert(driver(f"return {COHERENT};")).conversion.skeleton == {}


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (TABLE, "no function foo_mmap() is in reach"),
        (
            driver(f"return {COHERENT};", "int foo_mmap_prepare(int number);"),
            "foo_mmap_prepare() cannot stand beside it",
        ),
    ],
    ids=["defined elsewhere", "the name is taken"],
)
def test_where_there_can_be_none_it_is_said_why(text: str, why: str) -> None:
    result = convert(text, skeletons=True)
    assert result.new is None
    assert result.conversion.no_skeleton == why
