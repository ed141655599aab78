# SPDX-License-Identifier: GPL-2.0-only
"""What an editor gets from the server."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Iterable
from pathlib import Path

import pytest
from lsprotocol import types

from tests.lsp.editor import CAPABILITIES, Editor, apply, edits_of, session

FIXTURES = Path(__file__).parents[2] / "fixtures"
TABLE = types.Range(types.Position(34, 1), types.Position(34, 27))
"""``.mmap = remap_checked_mmap``."""


@pytest.fixture
def driver(tmp_path: Path) -> Path:
    return Path(shutil.copy(FIXTURES / "remap_checked" / "before.c", tmp_path / "driver.c"))


AFTER = (FIXTURES / "remap_checked" / "after.c").read_bytes().decode()


def rules(found: Iterable[types.Diagnostic] | None) -> list[str]:
    return [str(each.code) for each in found or ()]


def test_an_opened_driver_gets_its_findings(driver: Path) -> None:
    async def scenario(editor: Editor) -> None:
        remap, table = await editor.diagnostics(editor.open(driver))
        assert (table.code, table.range) == ("MM101", TABLE)
        assert table.source == "mmapmigrate"
        assert table.severity is types.DiagnosticSeverity.Warning
        assert table.message.startswith("remap_checked_fops.mmap names remap_checked_mmap()")
        assert table.message.endswith("fix: complete")
        assert (remap.code, remap.range.start) == ("MM301", types.Position(25, 5))
        assert remap.range.end == types.Position(26, 25)

    session(scenario)


def test_typing_changes_them_before_anything_is_saved(driver: Path) -> None:
    async def scenario(editor: Editor) -> None:
        uri = editor.open(driver)
        assert len(await editor.diagnostics(uri)) == 2
        # Two steps, the second in the text that the first one left: a line on top, then the table's goes.
        version = editor.change(
            uri,
            types.TextDocumentContentChangePartial(
                types.Range(types.Position(0, 0), types.Position(0, 0)), "/* \u00e9 \U0001f600 */ int x;\n"
            ),
            types.TextDocumentContentChangePartial(
                types.Range(types.Position(35, 0), types.Position(36, 0)), ""
            ),
        )
        assert await editor.diagnostics(uri, version) == []
        version = editor.change(uri, types.TextDocumentContentChangeWholeDocument(AFTER))
        assert await editor.diagnostics(uri, version) == []
        version = editor.change(uri, types.TextDocumentContentChangeWholeDocument(driver.read_text()))
        assert rules(await editor.diagnostics(uri, version)) == ["MM301", "MM101"]
        assert driver.read_text() == (FIXTURES / "remap_checked" / "before.c").read_text()

    session(scenario)


def test_the_quick_fix_makes_what_fix_makes(driver: Path) -> None:
    async def scenario(editor: Editor) -> None:
        uri = editor.open(driver)
        found = await editor.diagnostics(uri)
        (action,) = await editor.actions(uri, TABLE, "quickfix", diagnostics=found)
        assert action.title == "Convert remap_checked_mmap() to mmap_prepare"
        assert action.is_preferred is True
        assert rules(action.diagnostics) == ["MM101"]
        ((version, edits),) = edits_of(action).values()
        assert version == 1
        new = apply(driver.read_text(), edits)
        assert new == AFTER
        assert (
            await editor.diagnostics(
                uri, editor.change(uri, types.TextDocumentContentChangeWholeDocument(new))
            )
            == []
        )

    session(scenario)


def test_a_fix_is_for_the_text_in_the_editor(driver: Path) -> None:
    async def scenario(editor: Editor) -> None:
        uri = editor.open(driver)
        old = (
            driver.read_text().replace("remap_checked_mmap", "changed_mmap").replace("/*", "/* \U0001f600", 1)
        )
        version = editor.change(uri, types.TextDocumentContentChangeWholeDocument(old))
        # Asked at once, before the delay has passed.
        (action,) = await editor.actions(uri, TABLE, "quickfix")
        ((for_version, edits),) = edits_of(action).values()
        assert for_version == version
        new = AFTER.replace("remap_checked_mmap", "changed_mmap").replace("/*", "/* \U0001f600", 1)
        assert apply(old, edits) == new

    session(scenario)


def test_fix_all_is_made_when_it_is_chosen(driver: Path) -> None:
    async def scenario(editor: Editor) -> None:
        uri = editor.open(driver)
        nowhere = types.Range(types.Position(0, 0), types.Position(0, 0))
        (offered,) = await editor.actions(uri, nowhere)
        assert (offered.kind, offered.edit) == ("source.fixAll.mmapmigrate", None)
        resolved = await editor.client.code_action_resolve_async(offered)
        ((version, edits),) = edits_of(resolved).values()
        assert (version, apply(driver.read_text(), edits)) == (1, AFTER)
        (on_save,) = await editor.actions(uri, nowhere, "source.fixAll")
        assert on_save.edit == resolved.edit
        assert await editor.actions(uri, nowhere, "refactor") == []

    session(scenario)


def test_fix_all_works_for_an_editor_that_cannot_resolve(driver: Path) -> None:
    async def scenario(editor: Editor) -> None:
        uri = editor.open(driver)
        quick, every = await editor.actions(uri, TABLE)
        for action in (quick, every):
            assert action.edit is not None and action.edit.document_changes is None
            assert apply(driver.read_text(), (action.edit.changes or {})[uri]) == AFTER

    session(scenario, capabilities=types.ClientCapabilities())


def test_fix_all_applies_the_fixes_of_rules_too(tmp_path: Path) -> None:
    text = (
        "#include <linux/fs.h>\nint foo_map(struct file *file, struct vm_area_struct *vma)\n{\n"
        "\tif (!file->f_op->mmap)\n\t\treturn -ENODEV;\n\treturn file->f_op->mmap(file, vma);\n}\n"
    )

    async def scenario(editor: Editor) -> None:
        uri = editor.open(tmp_path / "foo.c", text)
        found = await editor.diagnostics(uri)
        assert rules(found) == ["MM104", "MM104"]
        quick, every = await editor.actions(uri, found[1].range)
        assert quick.title == "Fix MM104 direct-hook-call"
        every = await editor.client.code_action_resolve_async(every)
        called = text.replace("file->f_op->mmap(", "vfs_mmap(")
        for action, made in (
            (quick, called),
            (every, called.replace("file->f_op->mmap)", "can_mmap_file(file))")),
        ):
            ((_, edits),) = edits_of(action).values()
            assert apply(text, edits) == made

    session(scenario, "--target", "7.3")


@pytest.mark.parametrize("opened", ["moved_map.c", "moved_core.c"])
def test_a_conversion_edits_all_of_its_files(tmp_path: Path, opened: str) -> None:
    situation = FIXTURES / "across" / "moved_together"
    folder = Path(shutil.copytree(situation / "before", tmp_path / "a;b é"))

    async def scenario(editor: Editor) -> None:
        header = editor.open(folder / "moved.h", language="cpp")
        uris = {path.absolute().as_uri(): path for path in folder.iterdir()}
        (holder,) = [path for path in folder.iterdir() if ".mmap = " in path.read_text()]
        uri = editor.open(holder)
        found = [each for each in await editor.diagnostics(uri) if each.code == "MM101"]
        (action,) = await editor.actions(uri, found[0].range, "quickfix")
        edits = edits_of(action)
        assert set(edits) == set(uris)
        assert [edits[each][0] for each in (header, uri)] == [1, 1]
        for each, (_, changes) in edits.items():
            path = uris[each]
            assert apply(path.read_text(), changes) == (situation / "after" / path.name).read_text()
        assert "moved.h" in action.title
        # What is on the disk alone may be edited only as it was checked.
        closed = next(path for each, path in uris.items() if each not in (header, uri))
        assert edits[closed.absolute().as_uri()][0] is None

    session(scenario)


def test_no_file_is_edited_that_is_another_by_now(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(FIXTURES / "across" / "moved_together" / "before", tmp_path / "driver"))

    async def scenario(editor: Editor) -> None:
        (holder,) = [path for path in folder.iterdir() if ".mmap = " in path.read_text()]
        uri = editor.open(holder)
        found = [each for each in await editor.diagnostics(uri) if each.code == "MM101"]
        # Unsaved: the prototype's parameter has got another name, one line further down.
        old = (folder / "moved.h").read_text()
        new = "\n" + old.replace("vm_area_struct *vma", "vm_area_struct *area")
        header = editor.open(folder / "moved.h", new)
        (action,) = await editor.actions(uri, found[0].range, "quickfix")
        version, edits = edits_of(action)[header]
        assert version == 1
        made = apply(new, edits)
        assert "vm_area_desc" in made and "vm_area_struct *area" not in made

    session(scenario)


def test_hover_shows_the_page_of_the_rule(driver: Path) -> None:
    async def scenario(editor: Editor) -> None:
        uri = editor.open(driver)
        shown = await editor.hover(uri, types.Position(34, 5))
        assert shown is not None and isinstance(shown.contents, types.MarkupContent)
        assert shown.contents.kind is types.MarkupKind.Markdown
        assert "MM101 deprecated-mmap-hook\n====" in shown.contents.value
        assert "## Examples that fail" in shown.contents.value
        assert shown.range == TABLE
        assert await editor.hover(uri, types.Position(0, 0)) is None

    session(scenario)


def test_what_is_not_complete_says_why(tmp_path: Path) -> None:
    (review,) = [FIXTURES / "may_merge" / "before.c"]

    async def scenario(editor: Editor) -> None:
        uri = editor.open(review)
        (found,) = [each for each in await editor.diagnostics(uri) if each.code == "MM101"]
        assert found.message.endswith("fix: review")
        assert found.related_information
        reason = found.related_information[0]
        assert reason.message.startswith("may-merge: ")
        assert reason.location.uri == uri
        (action,) = await editor.actions(uri, found.range, "quickfix")
        assert " - needs review: " in action.title
        assert reason.message.partition(": ")[2] in action.title
        assert action.is_preferred is None
        assert await editor.actions(uri, found.range, "source.fixAll") == []
        shown = await editor.hover(uri, found.range.start)
        assert shown is not None and isinstance(shown.contents, types.MarkupContent)
        assert "`may-merge`" in shown.contents.value

    session(scenario)


def test_suppressed_findings_are_hidden_and_idle_suppressions_faint(driver: Path) -> None:
    text = driver.read_text().replace(
        "\t.mmap = remap_checked_mmap,", "\t.mmap = remap_checked_mmap, /* mmapmigrate: ignore[MM101] */"
    )
    text = text.replace("#include <linux/fs.h>", "#include <linux/fs.h> /* mmapmigrate: ignore[MM101] */")

    async def scenario(editor: Editor) -> None:
        found = await editor.diagnostics(editor.open(driver, text))
        assert rules(found) == ["MM301", "None"]
        assert found[1].severity is types.DiagnosticSeverity.Hint
        assert found[1].range.start == types.Position(5, 0)

    session(scenario)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-32"])
def test_columns_are_those_that_were_agreed_on(driver: Path, encoding: str) -> None:
    capabilities = types.ClientCapabilities(
        general=types.GeneralClientCapabilities(position_encodings=[types.PositionEncodingKind(encoding)]),
        workspace=CAPABILITIES.workspace,
    )
    mark = "/* \u00e9\u20ac\U0001f600 */"
    text = driver.read_text().replace("\t.mmap = ", f"\t{mark}.mmap = ")
    after = AFTER.replace("\t.mmap_prepare = ", f"\t{mark}.mmap_prepare = ")
    width = {"utf-8": 15, "utf-16": 10, "utf-32": 9}[encoding]

    async def scenario(editor: Editor) -> None:
        assert editor.server_capabilities.position_encoding == encoding
        uri = editor.open(driver, text)
        found = (await editor.diagnostics(uri))[1]
        assert found.range.start == types.Position(34, 1 + width)
        (action,) = await editor.actions(uri, found.range, "quickfix")
        ((_, edits),) = edits_of(action).values()
        assert apply(text, edits, encoding) == after

    session(scenario, capabilities=capabilities)


def test_line_ends_and_bytes_come_out_as_they_went_in(tmp_path: Path) -> None:
    """A Latin-1 header with CRLF on the disk, its driver in the editor with CRLF and form feeds."""
    situation = FIXTURES / "across" / "moved_together"
    folder = Path(shutil.copytree(situation / "before", tmp_path / "driver"))
    header = folder / "moved.h"

    def old_style(text: str) -> str:
        return text.replace("#include", "/* \u00fc */ #include", 1).replace("\n", "\r\n")

    for path in folder.iterdir():
        path.write_bytes(old_style(path.read_text()).encode("latin-1"))

    async def scenario(editor: Editor) -> None:
        (holder,) = [path for path in folder.iterdir() if b".mmap = " in path.read_bytes()]
        uri = editor.open(holder, "/*\f\x85*/ int x;\r\n" + holder.read_bytes().decode("latin-1"))
        editor.change(
            uri,
            types.TextDocumentContentChangePartial(
                types.Range(types.Position(0, 0), types.Position(1, 0)), ""
            ),
        )
        found = [each for each in await editor.diagnostics(uri, 2) if each.code == "MM101"]
        (action,) = await editor.actions(uri, found[0].range, "quickfix")
        edits = edits_of(action)
        assert header.absolute().as_uri() in edits
        for path in folder.iterdir():
            made = apply(path.read_bytes().decode("latin-1"), edits[path.absolute().as_uri()][1])
            assert made == old_style((situation / "after" / path.name).read_text())

    session(scenario)


def test_the_configuration_of_the_tree_counts(driver: Path) -> None:
    config = driver.parent / "mmapmigrate.toml"
    config.write_text('ignore = ["MM301"]\ntarget = "7.3"\n')

    async def scenario(editor: Editor) -> None:
        uri = editor.open(driver)
        assert rules(await editor.diagnostics(uri)) == ["MM101"]
        assert editor.messages == []
        config.write_text('exclude = ["driver.c"]\n')
        version = editor.change(uri, types.TextDocumentContentChangeWholeDocument(driver.read_text()))
        editor.save(uri)
        assert await editor.diagnostics(uri, version) == []
        config.write_text('ignroe = ["MM301"]\n')
        editor.save(uri)
        await editor.until(lambda: bool(editor.messages))
        (message,) = editor.messages
        assert message.type is types.MessageType.Error
        assert "unknown key 'ignroe'; did you mean 'ignore'?" in message.message

    session(scenario)


def test_a_file_in_no_tree_is_told_which_kernel_serves(driver: Path, tmp_path: Path) -> None:
    async def scenario(editor: Editor) -> None:
        first = editor.open(driver)
        await editor.diagnostics(first)
        second = editor.open(tmp_path / "second.c", driver.read_text())
        await editor.diagnostics(second)
        await editor.until(lambda: bool(editor.messages))
        (message,) = editor.messages
        assert message.type is types.MessageType.Info
        assert "no kernel tree" in message.message and "Linux 7." in message.message

    session(scenario)


def test_files_without_a_hook_and_of_other_languages_are_left_in_peace(tmp_path: Path) -> None:
    async def scenario(editor: Editor) -> None:
        plain = editor.open(tmp_path / "plain.c", "int main(void) { return 0; }\n")
        other = editor.open(tmp_path / "notes.md", ".mmap = foo\n", language="markdown")
        assert await editor.diagnostics(plain) == []
        assert other not in editor.published
        assert await editor.actions(other, TABLE) == []
        assert editor.messages == []

    session(scenario)


def test_each_tree_is_checked_against_itself(tmp_path: Path) -> None:
    """Two roots: one kernel that deprecates the hook, and one from before mmap_prepare."""
    driver = (FIXTURES / "remap_checked" / "before.c").read_text()
    for name, has in (("new", True), ("old", False)):
        top = tmp_path / name
        for path, text in {
            "MAINTAINERS": "",
            "Kconfig": "",
            "Makefile": f"VERSION = {7 if has else 6}\nPATCHLEVEL = 3\n",
            "include/linux/mm.h": "\n",
            "include/linux/mm_types.h": "struct vm_area_desc {\n\tunsigned long pgoff;\n};\n"
            if has
            else "\n",
            "include/linux/fs.h": "struct file_operations {\n"
            "\tint (*mmap)(struct file *, struct vm_area_struct *);\n"
            + ("\tint (*mmap_prepare)(struct vm_area_desc *);\n" if has else "")
            + "};\n",
            "drivers/foo.c": driver,
        }.items():
            (top / path).parent.mkdir(parents=True, exist_ok=True)
            (top / path).write_text(text)

    async def scenario(editor: Editor) -> None:
        new = editor.open(tmp_path / "new" / "drivers" / "foo.c")
        old = editor.open(tmp_path / "old" / "drivers" / "foo.c")
        assert "MM101" in rules(await editor.diagnostics(new))
        assert await editor.diagnostics(old) == []
        await editor.until(lambda: bool(editor.messages))
        (message,) = editor.messages
        assert "6.3" in message.message and "no mmap_prepare" in message.message

    session(scenario)


def test_a_rule_that_raises_or_prints_ends_nothing(driver: Path, tmp_path: Path) -> None:
    folder = tmp_path / "rules"
    folder.mkdir()
    head = (
        "from mmapmigrate.lint.rule import Rule\nfrom mmapmigrate.lint.finding import Severity\n"
        'RULE = Rule("{0}", "{1}", Severity.ERROR, "x")\n'
    )
    (folder / "bad.py").write_text(
        head.format("XX1", "bad") + 'def check(context):\n    raise RuntimeError("out of luck")\n'
    )
    (folder / "loud.py").write_text(
        head.format("XX2", "loud")
        + 'def check(context):\n    print("Content-Length: 5")\n    yield context.finding(0, 2, "here")\n'
    )

    async def scenario(editor: Editor) -> None:
        uri = editor.open(driver)
        found = await editor.diagnostics(uri)
        assert rules(found) == ["XX2", "MM301", "MM101"]
        assert found[0].severity is types.DiagnosticSeverity.Error
        await editor.until(lambda: len(editor.messages) == 1)
        assert "rule XX1 failed: RuntimeError: out of luck" in editor.messages[0].message
        (action,) = await editor.actions(uri, TABLE, "quickfix")
        ((_, edits),) = edits_of(action).values()
        assert apply(driver.read_text(), edits) == AFTER

    session(scenario, "--rules", str(folder), "--target", "7.3")


def test_closing_takes_the_diagnostics_away(driver: Path) -> None:
    async def scenario(editor: Editor) -> None:
        uri = editor.open(driver)
        await editor.diagnostics(uri)
        editor.close(uri)
        assert await editor.diagnostics(uri, None) == []
        # Wrong, but no reason to end.
        editor.close(uri)
        assert await editor.actions(uri, TABLE) == []
        assert len(await editor.diagnostics(editor.open(driver))) == 2

    session(scenario)


def test_exit_without_shutdown_is_an_error() -> None:
    async def run() -> None:
        editor = Editor()
        await editor.start("--stdio")
        editor.client.exit(None)
        assert await editor.exit_code() == 1
        assert "Traceback" not in await editor.error_output()

    asyncio.run(run())


def test_a_closed_pipe_ends_the_server(driver: Path) -> None:
    async def run() -> None:
        editor = Editor()
        await editor.start()
        editor.open(driver)
        server = editor.client._server
        assert server is not None and server.stdin is not None
        server.stdin.close()
        assert await editor.exit_code() == 1

    asyncio.run(run())


def test_a_file_that_changes_on_the_disk_is_not_edited_as_it_was(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(FIXTURES / "across" / "moved_together" / "before", tmp_path / "driver"))
    header = folder / "moved.h"
    new = "/* new */\n" + header.read_text()

    async def scenario(editor: Editor) -> None:
        (holder,) = [path for path in folder.iterdir() if ".mmap = " in path.read_text()]
        uri = editor.open(holder)
        (found,) = [each for each in await editor.diagnostics(uri) if each.code == "MM101"]
        header.write_text(new)
        actions = await editor.actions(uri, found.range, "quickfix")
        for _ in range(100):
            if actions:
                break
            await asyncio.sleep(0.1)
            actions = await editor.actions(uri, found.range, "quickfix")
        _, edits = edits_of(actions[0])[header.absolute().as_uri()]
        after = FIXTURES / "across" / "moved_together" / "after" / "moved.h"
        assert apply(new, edits) == "/* new */\n" + after.read_text()

    session(scenario)


def test_a_slow_check_keeps_nobody_waiting(driver: Path, tmp_path: Path) -> None:
    folder = tmp_path / "rules"
    folder.mkdir()
    (folder / "slow.py").write_text(
        "import time\nfrom mmapmigrate.lint.rule import Rule\nfrom mmapmigrate.lint.finding import Severity\n"
        'RULE = Rule("XX1", "slow", Severity.NOTE, "x")\n'
        "def check(context):\n    time.sleep(6)\n    return []\n"
    )

    async def scenario(editor: Editor) -> None:
        uri = editor.open(driver)
        plain = editor.open(tmp_path / "notes.md", "text", language="markdown")
        await asyncio.sleep(1.5)
        assert uri not in editor.published
        assert await asyncio.wait_for(editor.hover(plain, types.Position(0, 0)), 2) is None
        await asyncio.wait_for(editor.client.shutdown_async(None), 2)
        editor.client.exit(None)
        assert await editor.exit_code() == 0
        assert uri not in editor.published

    async def run() -> None:
        editor = Editor()
        await editor.start("--rules", str(folder))
        await scenario(editor)

    asyncio.run(run())
