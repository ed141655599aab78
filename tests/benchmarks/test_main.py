# SPDX-License-Identifier: GPL-2.0-only
"""The whole command, on a small tree and a PATH of our own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.peers import PROGRAMS
from benchmarks.result import EVERY
from benchmarks.table import GROWTH_HEAD, HEAD

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A PATH with no peer on it."""
    folder = tmp_path / "bin"
    folder.mkdir()
    return folder


@pytest.fixture
def scratch(tmp_path: Path) -> Path:
    folder = tmp_path / "scratch"
    folder.mkdir()
    return folder


def bench(path: Path, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks", *map(str, arguments)],
        cwd=ROOT,
        env=os.environ | {"PATH": str(path)},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert "Traceback" not in done.stderr
    return done


def peer(path: Path, name: str, script: str) -> None:
    program = path / name
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)


def tables(text: str) -> list[list[list[str]]]:
    """The cells of each table, by row."""
    found: list[list[list[str]]] = []
    inside = False
    for line in text.splitlines():
        if line.startswith("|") and not inside:
            found.append([])
        inside = line.startswith("|")
        if inside:
            found[-1].append([cell.strip() for cell in line.strip("|").split("|")])
    return found


def test_all_rows_are_measured_and_missing_peers_are_named(tree: Path, path: Path, scratch: Path) -> None:
    output = scratch.parent / "result.md"
    before = sorted(tree.rglob("*"))
    done = bench(path, tree, "--runs", "1", "--scratch", scratch, "--output", output)
    assert done.returncode == 0, done.stderr
    assert output.read_text() == done.stdout
    assert "Tree: Linux 7.3.0, 13 .c and .h files" in done.stdout
    for name in PROGRAMS:
        assert f"{name} is missing" in done.stdout

    rows, growth = tables(done.stdout)
    assert (tuple(rows[0]), tuple(growth[0])) == (HEAD, GROWTH_HEAD)
    assert {len(cells) for cells in rows} == {len(HEAD)}
    assert {len(cells) for cells in growth} == {len(GROWTH_HEAD)}
    whole, *beside = (cells for cells in rows if cells[0] == "`check .`, first run")
    assert (whole[2], whole[5]) == ("-", "at most 2.5 s")
    assert [cells[2:] for cells in beside[:2]] == [
        ["ripgrep", "missing", "-", "at most 4", "not measured"],
        ["git grep", "missing", "-", "-", "-"],
    ]
    assert beside[2][2] == "Python: read"
    assert [cells[5] for cells in rows if cells[0] == "`check drivers/`, first run"] == [
        "at most 1/4",
        "at most 1/30",
    ]
    assert [cells[0] for cells in growth[2:]] == ["a quarter", "a half", "one", "two"]
    assert all("MB" in cells[1] for cells in rows if "peak memory" in cells[0])

    # Nothing is left behind.
    assert list(scratch.iterdir()) == []
    assert sorted(tree.rglob("*")) == before


def test_a_peer_that_is_there_takes_its_turns(tree: Path, path: Path, scratch: Path) -> None:
    peer(path, "rg", "exit 1")
    done = bench(path, tree, "--runs", "2", "--rows", "tree", "--scratch", scratch)
    assert done.returncode == 0, done.stderr
    runs = [line.split(": run ")[0] for line in done.stderr.splitlines() if ": run " in line]
    assert runs == ["mmapmigrate", "ripgrep", "Python: read"] * 2
    (rows,) = tables(done.stdout)
    (beside,) = (cells for cells in rows if cells[2] == "ripgrep")
    assert beside[3].endswith(")")
    assert beside[6] in ("yes", "**no**")


def test_what_a_peer_writes_stays_out_of_the_tree(tree: Path, path: Path, scratch: Path) -> None:
    peer(path, "spatch", '[ "$1" = --version ] || : >left-behind')
    before = sorted(tree.rglob("*"))
    done = bench(path, tree, "--runs", "1", "--rows", "drivers", "--scratch", scratch)
    assert done.returncode == 0, done.stderr
    assert "spatch: run 1 of 1" in done.stderr
    assert sorted(tree.rglob("*")) == before


def test_a_peer_can_be_left_out(tree: Path, path: Path, scratch: Path) -> None:
    peer(path, "rg", "exit 9")
    done = bench(path, tree, "--runs", "1", "--rows", "tree", "--without", "ripgrep", "--scratch", scratch)
    assert done.returncode == 0, done.stderr
    assert "ripgrep was left out" in done.stdout
    assert "ripgrep is missing" not in done.stdout


def test_a_peer_that_fails_is_an_error(tree: Path, path: Path, scratch: Path) -> None:
    peer(path, "rg", "echo out of luck >&2; exit 9")
    done = bench(path, tree, "--runs", "1", "--rows", "tree", "--scratch", scratch)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.splitlines()[-1] == "Error: ripgrep: ended with 9: out of luck"
    assert list(scratch.iterdir()) == []


def test_our_own_failure_is_an_error(tree: Path, path: Path, scratch: Path) -> None:
    (tree / "mmapmigrate.toml").write_text("nonsense")
    done = bench(path, tree, "--runs", "1", "--rows", "file", "--scratch", scratch)
    assert (done.returncode, done.stdout) == (2, "")
    assert "Error: mmapmigrate: ended with 2: " in done.stderr


def test_bad_input_is_a_usage_error(tree: Path, path: Path) -> None:
    assert "not the top of a kernel tree" in bench(path, tree / "drivers").stderr
    unknown = bench(path, tree, "--rows", "tree,speed")
    assert unknown.returncode == 2
    assert f"--rows: speed; there are {', '.join(EVERY)}" in " ".join(unknown.stderr.split())
    partial = bench(path, tree, "--rows", "tree", "--write-docs")
    assert (partial.returncode, "needs all rows" in partial.stderr) == (2, True)
