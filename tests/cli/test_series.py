# SPDX-License-Identifier: GPL-2.0-only
"""``series``: what it writes, git takes."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from mmapmigrate import __version__
from tests.drivers import GOOD_HOOK
from tests.repositories import Git, git_with_odd_answers, repository
from tests.series.support import write_tree

if TYPE_CHECKING:
    from tests.cli.conftest import Tool


@pytest.fixture(autouse=True)
def author(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The identity that git knows for the user, and settings of theirs that must not count."""
    settings = tmp_path / "gitconfig"
    settings.write_text(
        "[user]\nname = Jörg Driver\nemail = jd@example.org\n[format]\nsignOff = true\nattach = x\n"
    )
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(settings))
    for name in ("GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL", "EMAIL"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    return write_tree(tmp_path / "linux")


@pytest.fixture
def git(tree: Path) -> Git:
    """git in the tree, whose files have a history."""
    run = repository(tree)
    run("add", "-A", "-f")
    run("commit", "-q", "-m", "Import Linux 7.3")
    for name, subject in (
        ("drivers/char/bar.c", "char: Bar: Fix the colour"),
        ("drivers/misc/foo/foo_main.c", "misc: foo-core: fix a race"),
        ("drivers/misc/foo/foo_main.c", "treewide: say hello"),
    ):
        with (tree / name).open("a") as file:
            file.write(f"/* {subject} */\n")
        run("commit", "-q", "-a", "-m", subject)
    return run


def series(tool: Tool, tree: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return tool("series", "--target", "7.3", "-o", "../out", *arguments, cwd=tree)


def written(tree: Path) -> dict[str, EmailMessage]:
    return {
        path.name: message_from_bytes(path.read_bytes(), policy=policy.default)
        for path in sorted((tree.parent / "out").iterdir())
    }


def body(mail: EmailMessage) -> str:
    return str(mail.get_content()).partition("\n---\n")[0]


def test_one_patch_a_driver_with_a_cover_letter(tool: Tool, tree: Path) -> None:
    done = series(tool, tree, "drivers")
    assert done.returncode == 0
    assert done.stdout.splitlines() == [
        "../out/0000-cover-letter.patch",
        "../out/0001-char-bar-convert-mmap-hook-to-mmap_prepare.patch",
        "../out/0002-misc-foo-convert-mmap-hooks-to-mmap_prepare.patch",
    ]
    assert done.stderr.startswith("mmapmigrate: 2 patches; 3 fixes in 3 files; 2 not applied")
    assert [mail["Subject"] for mail in written(tree).values()] == [
        "[PATCH 0/2] convert mmap hooks to mmap_prepare",
        "[PATCH 1/2] char: bar: convert mmap hook to mmap_prepare",
        "[PATCH 2/2] misc: foo: convert mmap hooks to mmap_prepare",
    ]


def test_git_am_takes_each_and_all_and_the_result_is_that_of_fix(
    tool: Tool, tree: Path, git: Git, tmp_path: Path
) -> None:
    series(tool, tree, "--review", "drivers")
    start = git("rev-parse", "HEAD").strip()
    patches = sorted((tmp_path / "out").glob("000[1-9]*"))
    assert len(patches) == 3
    for patch in patches:
        git("am", "-q", patch)
    diff = tool("fix", "--diff", "--review", "--target", "7.3", "drivers", cwd=tree).stdout
    assert diff == ""
    git("reset", "-q", "--hard", start)
    for patch in patches:
        git("am", "-q", patch)
        git("reset", "-q", "--hard", start)
    tool("fix", "--review", "--target", "7.3", "drivers", cwd=tree)
    fixed = git("diff", "HEAD")
    git("reset", "-q", "--hard", start)
    git("am", "-q", *patches)
    assert git("diff", start) == fixed
    assert git("log", "-1", "--format=%an <%ae>").strip() == "Jörg Driver <jd@example.org>"


def test_subjects_are_those_of_the_history(tool: Tool, tree: Path, git: Git) -> None:
    series(tool, tree, "drivers")
    subjects = [mail["Subject"] for mail in written(tree).values()]
    assert subjects[1] == "[PATCH 1/2] char: Bar: Convert mmap hook to mmap_prepare"
    assert subjects[2] == "[PATCH 2/2] misc: foo-core: convert mmap hooks to mmap_prepare"


def test_the_work_tree_and_the_index_stay(tool: Tool, tree: Path, git: Git) -> None:
    (tree / "new.c").write_text("int a;\n")
    git("add", "new.c")
    git_files = {path: path.read_bytes() for path in (tree / ".git").rglob("*") if path.is_file()}
    status = git("status", "--porcelain")
    assert series(tool, tree, "drivers").returncode == 0
    assert {path: path.read_bytes() for path in (tree / ".git").rglob("*") if path.is_file()} == git_files
    assert git("status", "--porcelain") == status


def test_a_message_says_why_what_and_who(tool: Tool, tree: Path) -> None:
    series(tool, tree, "drivers")
    text = body(list(written(tree).values())[1])
    assert text.startswith("The mmap hook of struct file_operations is handed a VMA that is only half\nbuilt")
    assert "Convert bar_mmap() to bar_mmap_prepare()." in text
    assert "mmap_action_remap_full()" in text
    assert "No change in behaviour is intended" in text
    assert f"made by mmapmigrate {__version__} (see\nDocumentation/process/generated-content.rst)" in text
    assert text.endswith("\n\n  mmapmigrate series -o DIR --target 7.3 drivers")
    assert max(map(len, text.splitlines())) <= 75


def test_a_reviewer_is_told_what_to_look_at(tool: Tool, tree: Path) -> None:
    done = series(tool, tree, "--review", "drivers/char/loud.c")
    assert done.returncode == 0
    cover, patch = written(tree).values()
    assert "- loud_mmap(), line 6 before this patch: `pr_err(" in body(patch)
    assert "No change in behaviour" not in body(patch)
    assert "- char: loud: convert mmap hook" in body(cover)


def test_without_review_it_is_left(tool: Tool, tree: Path) -> None:
    done = series(tool, tree, "drivers/char/loud.c")
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr.endswith("no hook here can be converted; 1 of tier review: --review takes them too\n")
    assert not (tree.parent / "out").exists()


def test_the_cover_letter_counts_hooks(tool: Tool, tree: Path) -> None:
    series(tool, tree, "drivers")
    rows = [line.split() for line in body(next(iter(written(tree).values()))).splitlines()]
    assert ["subsystem", "converted", "review", "blocked"] in rows
    assert ["CHAR", "and", "MISC", "DRIVERS", "2", "1", "1"] in rows
    assert ["BAR", "DRIVER", "1", "-", "-"] in rows
    assert ["total", "3", "1", "1"] in rows


def test_maintainers_get_copies(tool: Tool, tree: Path) -> None:
    series(tool, tree, "drivers")
    cover, bar, foo = (mail["Cc"] for mail in written(tree).values())
    assert [(to.display_name, to.addr_spec) for to in bar.addresses] == [
        ("Bär Bar", "bar@example.org"),
        ("New Name", "quiet@example.com"),
        ("Misc, Mr.", "misc@example.org"),
        ("", "bar@lists.example.org"),
        ("", "all@lists.example.org"),
    ]
    assert [to.addr_spec for to in foo.addresses] == ["misc@example.org", "all@lists.example.org"]
    assert [to.addr_spec for to in cover.addresses] == ["bar@lists.example.org", "all@lists.example.org"]


def test_nothing_of_the_tree_is_run_unless_asked(tool: Tool, tree: Path) -> None:
    script = tree / "scripts" / "get_maintainer.pl"
    script.parent.mkdir()
    script.write_text('open(my $f, ">", "ran"); print "S <s\\@example.org>\\n";\n')
    series(tool, tree, "drivers/char/bar.c")
    assert not (tree / "ran").exists()
    done = series(tool, tree, "--force", "--get-maintainer", "drivers/char/bar.c")
    assert (done.returncode, (tree / "ran").exists()) == (0, True)
    assert [mail["Cc"] for mail in written(tree).values()] == ["S <s@example.org>"] * 2


def test_only_a_person_signs_off(tool: Tool, tree: Path) -> None:
    series(tool, tree, "drivers")
    assert not any("Signed-off-by" in mail.get_content() for mail in written(tree).values())
    series(tool, tree, "--force", "--signoff", "drivers")
    for mail in list(written(tree).values())[1:]:
        assert body(mail).endswith("\n\nSigned-off-by: Jörg Driver <jd@example.org>")


def test_nobody_is_an_error(tool: Tool, tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    done = series(tool, tree, "drivers")
    assert (done.returncode, done.stdout) == (2, "")
    assert "set git config user.name and user.email" in done.stderr
    assert not (tree.parent / "out").exists()


def test_an_older_run_is_not_overwritten(tool: Tool, tree: Path) -> None:
    assert series(tool, tree, "drivers").returncode == 0
    before = {name: mail.as_bytes() for name, mail in written(tree).items()}
    done = series(tool, tree, "drivers/char/bar.c")
    assert (done.returncode, done.stdout) == (2, "")
    assert "of an older run: name another folder, or say --force" in done.stderr
    assert {name: mail.as_bytes() for name, mail in written(tree).items()} == before
    assert series(tool, tree, "--force", "drivers/char/bar.c").returncode == 0
    assert len(written(tree)) == 2


def test_the_mails_take_the_form_that_is_asked_for(tool: Tool, tree: Path) -> None:
    done = series(
        tool,
        tree,
        "-v2",
        "--no-cover-letter",
        "--subject-prefix",
        "RFC",
        "--in-reply-to",
        "<id@example.org>",
        "drivers/char/bar.c",
    )
    assert done.returncode == 0
    ((name, mail),) = written(tree).items()
    assert name == "v2-0001-char-bar-convert-mmap-hook-to-mmap_prepare.patch"
    assert mail["Subject"].startswith("[RFC v2] char: bar: ")
    assert mail["In-Reply-To"] == "<id@example.org>"


def test_programs_get_a_list(tool: Tool, tree: Path) -> None:
    done = series(tool, tree, "--format", "json", "drivers")
    document = json.loads(done.stdout)
    assert document["schema"] == 1
    assert document["cover_letter"] == "../out/0000-cover-letter.patch"
    assert [(patch["tier"], patch["files"]) for patch in document["patches"]] == [
        ("complete", ["drivers/char/bar.c"]),
        ("complete", ["drivers/misc/foo/foo_extra.c", "drivers/misc/foo/foo_main.c"]),
    ]
    assert document["patches"][0]["conversions"][0]["hook"]["handler"] == "bar_mmap"
    assert document["patches"][0]["cc"][-1] == "all@lists.example.org"
    assert document["errors"] == []


def test_the_base_is_named_where_it_is_known(tool: Tool, tree: Path, git: Git) -> None:
    series(tool, tree, "drivers/char/bar.c")
    cover = next(iter(written(tree).values())).get_content()
    assert f"\nbase-commit: {git('rev-parse', 'HEAD')}-- \n" in cover


def test_uncommitted_changes_are_pointed_out(tool: Tool, tree: Path, git: Git) -> None:
    path = tree / "drivers/char/bar.c"
    path.write_text("/* mine */\n" + path.read_text())
    done = series(tool, tree, "drivers/char/bar.c")
    assert done.returncode == 0
    assert "note: drivers/char/bar.c: not as in commit" in done.stderr
    assert "base-commit" not in next(iter(written(tree).values())).get_content()


def test_a_driver_outside_a_tree(tool: Tool, driver: Path, tmp_path: Path) -> None:
    done = tool("series", "-o", "out", "foo.c")
    assert done.returncode == 0
    patch = tmp_path / "out" / "0001-foo-convert-mmap-hook-to-mmap_prepare.patch"
    mail = message_from_bytes(patch.read_bytes(), policy=policy.default)
    assert mail["Subject"] == "[PATCH 1/1] foo: convert mmap hook to mmap_prepare"
    assert mail["Cc"] is None
    subprocess.run(["git", "apply", "--check", str(patch)], cwd=tmp_path, check=True)
    assert driver.read_text() == GOOD_HOOK


def test_latin_1_and_a_missing_newline_come_out_as_they_are(tool: Tool, tree: Path, git: Git) -> None:
    path = tree / "drivers/char/bar.c"
    old = b"/* J\xf6rg */\n" + path.read_bytes().rstrip(b"\n")
    path.write_bytes(old)
    git("commit", "-q", "-a", "-m", "char: bar: Jorg")
    series(tool, tree, "drivers/char/bar.c")
    git("am", "-q", tree.parent / "out" / sorted(written(tree))[1])
    new = path.read_bytes()
    assert new.startswith(b"/* J\xf6rg */\n")
    assert b"bar_mmap_prepare" in new
    assert not new.endswith(b"\n")


@pytest.mark.parametrize("name", ['ü "b\\\\ c.c', "run me.c"])
def test_any_name_and_mode_of_a_file_serves(tool: Tool, tree: Path, git: Git, name: str) -> None:
    path = tree / "drivers" / "char" / name
    path.write_text(GOOD_HOOK)
    path.chmod(0o755)
    git("add", "-A")
    git("commit", "-q", "-m", "Add it")
    assert series(tool, tree, str(path)).returncode == 0
    git("am", "-q", *sorted((tree.parent / "out").glob("0001*")))
    assert git("status", "--porcelain") == ""
    assert "foo_mmap_prepare" in path.read_text()


@pytest.mark.parametrize("name", ["*** BLURB HERE ***.c", "ü.c"])
def test_the_subject_of_a_cover_letter_is_one_header(tool: Tool, driver: Path, name: str) -> None:
    driver.rename(driver.with_name(name))
    assert tool("series", "-o", "out", ".").returncode == 0
    path = driver.with_name("out") / "0000-cover-letter.patch"
    head = path.read_bytes().partition(b"\n\n")[0]
    assert head.partition(b"\nSubject: ")[2].partition(b"\nMIME")[0].isascii()
    mail = message_from_bytes(path.read_bytes(), policy=policy.default)
    assert mail["subject"] == f"[PATCH 0/1] {name.removesuffix('.c')}: convert mmap hook to mmap_prepare"


def test_files_that_a_conversion_ties_together_are_one_patch(tool: Tool, tmp_path: Path) -> None:
    before = Path(__file__).parents[2] / "fixtures" / "across" / "moved_together" / "before"
    shutil.copytree(before, tmp_path / "moved")
    done = tool("series", "-o", "out", "--format", "json", "moved")
    (patch,) = json.loads(done.stdout)["patches"]
    assert patch["files"] == sorted(f"moved/{path.name}" for path in before.iterdir())


def test_what_needs_other_files_is_left_out_and_named(tool: Tool, tmp_path: Path) -> None:
    before = Path(__file__).parents[2] / "fixtures" / "across" / "moved_together" / "before"
    shutil.copytree(before, tmp_path / "moved")
    done = tool("series", "-o", "out", "moved/moved_core.c")
    assert (done.returncode, done.stdout) == (0, "")
    assert "left out: the conversion also edits moved/moved_map.c" in done.stderr
    assert "--follow allows it" in done.stderr
    assert tool("series", "-o", "out", "--follow", "moved/moved_core.c").stdout.count("\n") == 2


def test_without_git_the_remedy_is_named(tool: Tool, tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    done = series(tool, tree, "drivers")
    assert (done.returncode, done.stdout) == (2, "")
    assert "git is needed for this and is not installed" in done.stderr


def test_lines_that_end_in_cr_lf_are_pointed_out(tool: Tool, tree: Path, git: Git) -> None:
    path = tree / "drivers/char/bar.c"
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    git("commit", "-q", "-a", "-m", "End lines otherwise")
    done = series(tool, tree, "drivers/char/bar.c")
    assert "note: drivers/char/bar.c: lines end in CR LF: `git am` needs --keep-cr" in done.stderr
    git("am", "-q", "--keep-cr", *sorted((tree.parent / "out").glob("0001*")))
    assert b".mmap_prepare = bar_mmap_prepare,\r\n" in path.read_bytes()


def test_files_in_two_trees_are_refused(tool: Tool, tree: Path, driver: Path) -> None:
    done = series(tool, tree, "drivers/char/bar.c", str(driver))
    assert done.returncode == 2
    assert "a series is made for one tree" in done.stderr


def test_a_missing_file_exits_with_2_and_the_rest_is_written(tool: Tool, tree: Path) -> None:
    done = series(tool, tree, "drivers/char/bar.c", "none.c")
    assert done.returncode == 2
    assert "error: none.c: no such file or folder" in done.stderr
    assert len(written(tree)) == 2


def test_a_folder_must_be_named(tool: Tool, tree: Path) -> None:
    done = tool("series", "drivers", cwd=tree)
    assert (done.returncode, done.stdout) == (2, "")
    assert "-o" in done.stderr


def test_git_send_email_takes_the_series(tool: Tool, tree: Path, tmp_path: Path) -> None:
    available = subprocess.run(["git", "send-email", "-h"], capture_output=True, text=True, check=False)
    if "<file|directory>" not in available.stdout + available.stderr:
        pytest.skip("git send-email is not installed")
    series(tool, tree, "drivers")
    mails = sorted((tmp_path / "out").iterdir())
    done = subprocess.run(
        ["git", "send-email", "--dry-run", "--to=to@example.org", "--confirm=never", *map(str, mails)],
        cwd=tree,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    # Debian's git has no copy of a module that its git-email only recommends.
    if "NO_PERL_CPAN_FALLBACKS" in done.stderr and not os.environ.get("CI"):
        pytest.skip("git send-email lacks a Perl module (Debian's package libmailtools-perl)")
    assert done.returncode == 0, done.stderr
    sent = [part.partition("Result: ")[0] for part in done.stdout.split("Log says:")[1:]]
    assert (len(sent), done.stdout.count("Result: OK")) == (3, 3)
    assert "RCPT TO:<bar@lists.example.org>" in sent[0]
    assert "RCPT TO:<quiet@example.com>" in sent[1]
    assert "Subject: [PATCH 1/2] char: bar: convert mmap hook to mmap_prepare" in sent[1]
    # The cover letter begins the thread.
    start = sent[0].partition("Message-Id: ")[2].splitlines()[0]
    assert all(f"In-Reply-To: {start}\n" in each for each in sent[1:])


@pytest.mark.parametrize(
    "command",
    ["rev-parse", "--show-object-format", "cat-file", "log", "var", "init", "fast-import", "format-patch"],
)
def test_a_git_that_answers_no_text(
    tool: Tool, tree: Path, git: Git, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    git_with_odd_answers(tree.parent / "bin", command, monkeypatch)
    done = series(tool, tree, "drivers")
    if command == "log":
        # Without a history there are subjects all the same.
        assert done.returncode == 0
    else:
        assert (done.returncode, done.stdout) == (2, "")
        (line,) = (line for line in done.stderr.splitlines() if "error" in line)
        assert line.startswith("mmapmigrate: error: git ")
        assert not (tree.parent / "out").exists()
