# SPDX-License-Identifier: GPL-2.0-only
"""Bad input: one clear line or a clean result, the right exit code, never a traceback."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Tool

COMMANDS = [("check",), ("fix",), ("fix", "--diff")]


def one_line(stderr: str) -> str:
    """The only line of ``stderr`` that reports an error."""
    (line,) = [line for line in stderr.splitlines() if "error: " in line]
    return line


@pytest.mark.parametrize("command", COMMANDS)
def test_a_missing_path(tool: Tool, command: tuple[str, ...]) -> None:
    done = tool(*command, "none.c")
    assert done.returncode == 2
    assert one_line(done.stderr) == "mmapmigrate: error: none.c: no such file or folder"
    assert "no C file" not in done.stderr


@pytest.mark.parametrize("command", [*COMMANDS, ("plan",)])
def test_a_missing_path_is_in_the_report(tool: Tool, driver: Path, command: tuple[str, ...]) -> None:
    tool(*command, "--format", "json:report.json", "none.c", driver.name)
    found = json.loads((driver.parent / "report.json").read_text())
    assert found["errors"] == [{"path": "none.c", "line": 0, "message": "no such file or folder"}]


@pytest.mark.parametrize(
    "command", [*COMMANDS, ("plan",), ("series", "--force", "-o", "out"), ("check", "--no-cache")]
)
@pytest.mark.parametrize("others", [(), ("foo.c",)])
def test_a_link_to_nothing_that_is_named(
    tool: Tool, driver: Path, command: tuple[str, ...], others: tuple[str, ...]
) -> None:
    link = driver.parent / "link.c"
    link.symlink_to("nothing.c")
    # The second one may be told what the first one found.
    for _ in range(2):
        done = tool(*command, *others, "link.c")
        assert done.returncode == 2
        assert one_line(done.stderr) == "mmapmigrate: error: link.c: no such file or folder"


def test_a_link_to_nothing_that_is_found_is_passed_over(tool: Tool, clean: Path) -> None:
    (clean.parent / "link.c").symlink_to("nothing.c")
    done = tool("check", ".")
    assert (done.returncode, "error" in done.stderr) == (0, False)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
@pytest.mark.parametrize("command", COMMANDS)
def test_an_unreadable_file(tool: Tool, driver: Path, command: tuple[str, ...]) -> None:
    driver.chmod(0)
    done = tool(*command, "foo.c")
    assert done.returncode == 2
    assert one_line(done.stderr) == "mmapmigrate: error: foo.c: cannot be read: Permission denied"


@pytest.mark.parametrize("command", COMMANDS)
def test_a_folder_without_a_c_file(tool: Tool, tmp_path: Path, command: tuple[str, ...]) -> None:
    (tmp_path / "README").write_text("x")
    done = tool(*command, ".")
    assert done.returncode == 0
    assert "mmapmigrate: note: no C file (.c, .h) in ." in done.stderr


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize(
    "data", [b"", b"\x7fELF\0\0\0", b"\xff\xfe\xfa int a;\n", b"\0" * 4096, b"#" * 100_000]
)
def test_odd_contents_are_clean(tool: Tool, tmp_path: Path, command: tuple[str, ...], data: bytes) -> None:
    (tmp_path / "odd.c").write_bytes(data)
    done = tool(*command, "odd.c")
    assert (done.returncode, "error" in done.stderr) == (0, False)


def test_a_binary_file_that_mentions_a_hook(tool: Tool, driver: Path) -> None:
    driver.write_bytes(driver.read_bytes() + b"\0")
    done = tool("check", "foo.c")
    assert (done.returncode, one_line(done.stderr)) == (
        2,
        "mmapmigrate: error: foo.c: binary file (holds a NUL byte): not checked",
    )


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-be"])
def test_a_file_in_utf_16_that_mentions_a_hook(tool: Tool, driver: Path, encoding: str) -> None:
    driver.write_text(driver.read_text(), encoding=encoding)
    done = tool("check", "foo.c")
    assert (done.returncode, one_line(done.stderr)) == (
        2,
        "mmapmigrate: error: foo.c: UTF-16, which no compiler reads: not checked",
    )


@pytest.mark.parametrize("line", [b"int a;\n", b"extern struct file_operations a; /* .mmap = b */\n"])
def test_a_50_mb_file_is_refused_at_once(tool: Tool, tmp_path: Path, line: bytes) -> None:
    (tmp_path / "big.c").write_bytes(line * ((50 << 20) // len(line) + 1))
    start = time.monotonic()
    done = tool("check", "big.c")
    assert (done.returncode, one_line(done.stderr)) == (
        2,
        "mmapmigrate: error: big.c: larger than 48 MB: not checked",
    )
    assert time.monotonic() - start < 10


def test_invalid_utf_8_comes_out_as_it_went_in(tool: Tool, driver: Path) -> None:
    driver.write_bytes(b"/* \xe9\xff */\n" + driver.read_bytes())
    done = tool("fix", "--diff", "foo.c", text=False)
    assert b"internal error" not in done.stderr
    assert b"\xe9\xff" in driver.read_bytes()


def test_a_name_that_is_no_utf_8(tool: Tool, driver: Path, tmp_path: Path) -> None:
    driver.rename(os.fsdecode(os.fsencode(tmp_path) + b"/f\xff.c"))
    done = tool("check", "--format", "gcc", "--select", "MM101", text=False)
    assert done.stdout.startswith(b"./f\xff.c:10:2: warning: ")


def test_a_symlink_loop_ends(tool: Tool, driver: Path, tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to(".")
    (tmp_path / "self.c").symlink_to("self.c")
    done = tool("check", "--format", "gcc", "--select", "MM101")
    assert (done.returncode, done.stdout.count("foo.c")) == (1, 1)


def test_a_symlink_loop_that_is_named_is_an_error(tool: Tool, tmp_path: Path) -> None:
    (tmp_path / "self.c").symlink_to("self.c")
    done = tool("check", "self.c")
    assert done.returncode == 2
    assert one_line(done.stderr).startswith("mmapmigrate: error: self.c: ")


@pytest.mark.parametrize("option", ["--select", "--extend-select", "--ignore"])
def test_an_unknown_rule(tool: Tool, clean: Path, option: str) -> None:
    done = tool("check", option, "MM110", "clean.c")
    assert done.returncode == 2
    assert done.stderr == "mmapmigrate: error: unknown rule 'MM110'; did you mean MM101?\n"


@pytest.mark.parametrize("target", ["9.9", ""])
def test_an_unknown_target(tool: Tool, clean: Path, target: str) -> None:
    """One that a script left empty is none of all."""
    done = tool("check", "--target", target, "clean.c")
    assert done.returncode == 2
    assert done.stderr.startswith(f"mmapmigrate: error: unknown target '{target}'")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("command", ["check", "fix", "plan", "api", "series"])
def test_an_endless_target_is_not_said_whole(tool: Tool, clean: Path, command: str) -> None:
    more = ("-o", "out") if command == "series" else ()
    done = tool(command, *more, "--target", "9" * 100_000, "clean.c")
    assert (done.returncode, done.stdout) == (2, "")
    assert len(one_line(done.stderr)) < 300


@pytest.mark.parametrize("kernel", ["none", ".", "clean.c"])
def test_a_kernel_that_is_no_tree(tool: Tool, clean: Path, kernel: str) -> None:
    done = tool("check", "--kernel", kernel, "clean.c")
    assert done.returncode == 2
    assert done.stderr.startswith("mmapmigrate: error: --kernel ")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        pytest.param(["check", "--nonsense"], "No such option", id="option"),
        pytest.param(["check", "--format", "xml"], "'xml' is not one of", id="format"),
        pytest.param(["check", "--jobs", "0"], "0 is not in the range", id="jobs"),
        pytest.param(["chekc"], "No such command 'chekc'", id="command"),
        pytest.param(
            ["fix", "--diff", "--format", "json"], "--format json needs --output", id="diff as json"
        ),
        pytest.param(
            ["fix", "--diff", "--format", "text"], "--format text needs --output", id="diff as text"
        ),
        pytest.param(["fix", "--format", "gcc"], "'gcc' is not one of", id="fix as gcc"),
        pytest.param(["explain"], "Missing argument 'RULE'", id="no rule"),
        pytest.param(["explain", "MM110"], "did you mean MM101?", id="unknown rule"),
        pytest.param(["check", "--statistics", "--format", "gcc"], "--statistics", id="statistics"),
        pytest.param(["check", "--rules", "none"], "no such folder of rules", id="rules"),
        pytest.param(["check", "--kernel", "a", "--target", "7.3"], "exclude each other", id="two kernels"),
        pytest.param(["check", "--write-baseline", "b", "--format", "json:a"], "reports no", id="no report"),
        pytest.param(["check", "--write-baseline", "b", "-o", "a"], "reports no", id="no report to a file"),
        pytest.param(["check", "--write-baseline", "b", "--statistics"], "reports no", id="no counts"),
        pytest.param(["check", "--patch", "-", "--baseline", "-"], "not both", id="one standard input"),
        pytest.param(["check", "--output", ""], "the name is empty", id="an empty file"),
        pytest.param(["check", "--baseline", ""], "the name is empty", id="an empty baseline"),
        pytest.param(["series", "-o", ""], "the name is empty", id="an empty folder"),
        pytest.param(["series", "-o", "a", "--in-reply-to", "<>"], "Message-ID is empty", id="no mail"),
        pytest.param(
            ["series", "-o", "a", "--in-reply-to", "<a@b>\nBcc: c@d"], "a line end", id="a second header"
        ),
        pytest.param(["series", "-o", "a", "--subject-prefix", "a\n\nb"], "a line end", id="a second line"),
        pytest.param(["plan", "--top", "3", "--format", "json"], "--top goes with", id="rows of json"),
    ],
)
def test_bad_usage_is_one_line(tool: Tool, arguments: list[str], words: str) -> None:
    done = tool(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("mmapmigrate: error: ")
    assert done.stderr.count("\n") == 1
    assert words in done.stderr


def test_a_broken_rule_module(tool: Tool, clean: Path, tmp_path: Path) -> None:
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "bad.py").write_text("import nothing_of_this_name\n")
    done = tool("check", "--rules", "own", "clean.c")
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "bad.py:1: left out: ModuleNotFoundError" in done.stderr


def test_a_rule_that_raises_does_not_end_the_run(tool: Tool, driver: Path, tmp_path: Path) -> None:
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "bad.py").write_text(
        "from mmapmigrate.lint.finding import Severity\n"
        "from mmapmigrate.lint.rule import Rule\n"
        'RULE = Rule("ACME1", "broken", Severity.NOTE, "x")\n'
        "def check(context):\n"
        "    return 1 / 0\n"
    )
    done = tool("check", "--rules", "own", "--format", "gcc", "--select", "MM101,ACME1", "foo.c")
    assert done.returncode == 2
    assert done.stdout.startswith("foo.c:10:2: warning: ")
    assert (
        done.stderr == "mmapmigrate: error: foo.c: rule ACME1 failed: ZeroDivisionError: division by zero\n"
    )


def test_an_output_that_cannot_be_written(tool: Tool, clean: Path) -> None:
    done = tool("check", "--output", "no/such/folder/report", "clean.c")
    assert (done.returncode, one_line(done.stderr)) == (
        2,
        "mmapmigrate: error: no/such/folder/report: cannot be written: No such file or directory",
    )


def test_a_full_disk(tool: Tool, driver: Path) -> None:
    with Path("/dev/full").open("wb") as full:
        done = tool("check", "foo.c", stdout=full)
    assert (done.returncode, one_line(done.stderr)) == (
        2,
        "mmapmigrate: error: standard output: cannot be written: No space left on device",
    )


@pytest.mark.parametrize("arguments", [["fix", "--diff", "foo.c"], ["explain", "NONE"], []])
def test_nothing_takes_what_is_said(tool: Tool, driver: Path, arguments: list[str]) -> None:
    """Python ends with a code of its own where it cannot write at its end what it kept for standard error."""
    said = tool(*arguments)
    assert said.stderr
    with Path("/dev/full").open("wb") as full:
        assert tool(*arguments, stderr=full).returncode == said.returncode


@pytest.mark.parametrize(
    "arguments", [["check", "--quiet", "foo.c"], ["check", "--format", "json"], ["rules"], ["--help"]]
)
def test_standard_output_closed_early(driver: Path, arguments: list[str]) -> None:
    read, write = os.pipe()
    process = subprocess.Popen(
        [sys.executable, "-m", "mmapmigrate", *arguments],
        cwd=driver.parent,
        stdout=write,
        stderr=subprocess.PIPE,
    )
    os.close(write)
    os.close(read)
    _, stderr = process.communicate(timeout=120)
    assert (process.returncode, stderr) == (141, b"")


def test_standard_output_closed_in_the_middle(driver: Path) -> None:
    """As ``| head -1`` does it: something was read, and more is to come than a pipe holds."""
    driver.write_text("".join(driver.read_text().replace("foo", f"foo{number}") for number in range(40)))
    read, write = os.pipe()
    fcntl.fcntl(write, fcntl.F_SETPIPE_SZ, 4096)
    process = subprocess.Popen(
        [sys.executable, "-m", "mmapmigrate", "check", "--target", "7.3", "--select", "MM301", "foo.c"],
        cwd=driver.parent,
        stdout=write,
        stderr=subprocess.PIPE,
    )
    os.close(write)
    assert os.read(read, 100).startswith(b"foo.c:5:9: ")
    os.close(read)
    _, stderr = process.communicate(timeout=120)
    assert (process.returncode, stderr) == (141, b"")


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_slow_reader_gets_everything(driver: Path, unbuffered: str) -> None:
    driver.write_text("".join(driver.read_text().replace("foo", f"foo{number}") for number in range(40)))
    read, write = os.pipe()
    fcntl.fcntl(write, fcntl.F_SETPIPE_SZ, 4096)
    process = subprocess.Popen(
        [sys.executable, "-m", "mmapmigrate", "check", "--target", "7.3", "--select", "MM301", "foo.c"],
        cwd=driver.parent,
        stdout=write,
        env={**os.environ, "PYTHONUNBUFFERED": unbuffered},
    )
    os.close(write)
    with os.fdopen(read, "rb") as stream:
        text = stream.read()
    assert (process.wait(timeout=60), text.count(b"[MM301 ")) == (1, 40)
    assert text.splitlines()[-1].startswith(b"40 findings")


@pytest.mark.parametrize("stream", ["1>&-", "2>&-", "0<&-", "1>&- 2>&-"])
def test_a_stream_that_was_never_open(driver: Path, stream: str) -> None:
    done = subprocess.run(
        ["sh", "-c", f'"{sys.executable}" -m mmapmigrate check --exit-zero none.c {stream}'],
        cwd=driver.parent,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (done.returncode, "Traceback" in done.stderr) == (2, False)


@pytest.mark.parametrize("arguments", ["--version", "--help", "check -h", "rules"])
@pytest.mark.parametrize(
    ("where", "said"), [(">&-", "is closed"), (">/dev/full", "cannot be written: No space left on device")]
)
def test_what_nobody_can_read_was_not_done(tmp_path: Path, arguments: str, where: str, said: str) -> None:
    """click, which prints help and the version, passes over a standard output that is closed."""
    done = subprocess.run(
        ["sh", "-c", f'"{sys.executable}" -m mmapmigrate {arguments} {where}'],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 2
    assert done.stderr.startswith("mmapmigrate: error: standard output")
    assert done.stderr.endswith(f"{said}\n")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ["check", "--output"],
        ["fix", "--diff", "--output"],
        ["check", "--write-baseline"],
        ["plan", "-o"],
        ["api", "-o"],
        ["config", "-o"],
    ],
)
def test_no_report_takes_the_place_of_code(tool: Tool, driver: Path, arguments: list[str]) -> None:
    old = driver.read_bytes()
    done = tool(*arguments, driver.name, ".")
    assert (done.returncode, done.stdout, driver.read_bytes()) == (2, "", old)
    assert one_line(done.stderr) == "mmapmigrate: error: foo.c: not written: it is C code, and no report"


@pytest.mark.parametrize("arguments", [["rules"], ["explain", "MM101"], ["cache"], ["check"]])
def test_no_report_takes_the_place_of_code_behind_a_link(
    tool: Tool, driver: Path, arguments: list[str]
) -> None:
    old = driver.read_bytes()
    (driver.parent / "report").symlink_to(driver.name)
    for name in (driver.name, "report"):
        done = tool(*arguments, "-o", name)
        assert (done.returncode, done.stdout, driver.read_bytes()) == (2, "", old)
        assert one_line(done.stderr).endswith(f"{name}: not written: it is C code, and no report")


@pytest.mark.parametrize(
    "arguments",
    [
        ["check", "in", "-o", "in"],
        ["check", "--baseline", "in", "-o", "./in"],
        ["check", "--patch", "in", "--format", "json:in"],
        ["check", "in", "--write-baseline", "in"],
        ["fix", "in", "--diff", "-o", "in"],
    ],
)
def test_no_report_takes_the_place_of_what_is_read(tool: Tool, driver: Path, arguments: list[str]) -> None:
    old = driver.read_bytes()
    driver = driver.rename(driver.with_name("in"))
    done = tool(*arguments)
    assert (done.returncode, done.stdout, driver.read_bytes()) == (2, "", old)
    assert one_line(done.stderr).endswith("not written: it is what this run reads")


@pytest.mark.parametrize("option", ["--kernel", "--rules", "--build", "--output", "--patch", "--baseline"])
def test_a_link_round_in_a_circle_as_an_option(tool: Tool, driver: Path, option: str) -> None:
    (driver.parent / "loop").symlink_to("loop")
    done = tool("fix" if option == "--build" else "check", option, "loop", driver.name)
    assert (done.returncode, "internal" in done.stderr) == (2, False)
    assert "loop: " in one_line(done.stderr)


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_ctrl_c(tmp_path: Path, jobs: str) -> None:
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "slow.py").write_text(
        "import time\n"
        "from pathlib import Path\n"
        "from mmapmigrate.lint.finding import Severity\n"
        "from mmapmigrate.lint.rule import Rule\n"
        'RULE = Rule("ACME1", "slow", Severity.NOTE, "x")\n'
        "def check(context):\n"
        '    Path("started").touch()\n'
        "    time.sleep(60)\n"
    )
    (tmp_path / "src").mkdir()
    for number in range(500):
        (tmp_path / "src" / f"{number}.c").write_text("/* mmap */\n")
    process = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "mmapmigrate",
            "fix",
            "--jobs",
            jobs,
            "--rules",
            "own",
            "--select",
            "ACME1",
            "src",
        ],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    deadline = time.monotonic() + 30
    while not (tmp_path / "started").exists():
        assert time.monotonic() < deadline
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGINT)
    stdout, stderr = process.communicate(timeout=20)
    assert (process.returncode, stdout) == (130, b"")
    assert b"Traceback" not in stderr


def test_an_internal_error_is_one_line_that_can_be_reported(tool: Tool, tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(
        "import mmapmigrate.report.page\n"
        "def broken(*_):\n    raise RuntimeError('nobody\\nexpects this')\n"
        "mmapmigrate.report.page.render_rules = broken\n"
    )
    path = os.pathsep.join([str(tmp_path), os.environ["PYTHONPATH"]])
    done = tool("rules", env={**os.environ, "PYTHONPATH": path})
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert done.stderr.startswith("mmapmigrate: internal error: RuntimeError: nobody expects this at ")
    assert "please report" in done.stderr
