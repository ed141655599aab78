# SPDX-License-Identifier: GPL-2.0-only
"""Kernel trees from Debian's source packages, kept in a cache.

The mirror is the one that this machine's own apt uses; the suites that carry new kernels are read in an apt
state folder of our own, so that the machine's configuration stays as it is. No root is needed.
"""

from __future__ import annotations

import os
import re
import shutil
import time
from pathlib import Path

from tests.kernel.lab.commands import CommandError, locked, run

CACHE_VARIABLE = "MMAPMIGRATE_TREES"
SUITES = ("trixie", "trixie-backports", "sid")
KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
PACKAGE = re.compile(r"linux-source-(\d+)\.(\d+)")
LOOK_AGAIN = 7 * 24 * 3600
"""Seconds after which a cached answer to "which is the newest?" is asked for again."""


def cache() -> Path:
    """The folder that keeps trees and builds: MMAPMIGRATE_TREES, else one in the user's cache folder."""
    named = os.environ.get(CACHE_VARIABLE)
    if named:
        return Path(named).resolve()
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "mmapmigrate" / "trees"


def newest_tree() -> Path:
    """The newest kernel tree that Debian carries; downloads and unpacks it when the cache lacks it.

    Without a network, the newest tree of the cache. Raises CommandError when there is neither.
    """
    folder = cache()
    with locked(folder / ".lock"):
        stamp = folder / ".newest"
        have = _cached(folder)
        if have and stamp.exists() and time.time() - stamp.stat().st_mtime < LOOK_AGAIN:
            return have[-1]
        try:
            package = _newest_package(folder)
            tree = folder / package
            if not tree.is_dir():
                _bring(folder, package)
        except CommandError:
            if not have:
                raise
            return have[-1]
        stamp.touch()
        return _cached(folder)[-1]


def release(tree: Path) -> str:
    """The release as the tree's Makefile gives it, such as ``7.3.4``."""
    found = dict(
        re.findall(r"^(VERSION|PATCHLEVEL|SUBLEVEL) = (\d+)$", (tree / "Makefile").read_text(), re.MULTILINE)
    )
    return f"{found['VERSION']}.{found['PATCHLEVEL']}.{found['SUBLEVEL']}"


def _cached(folder: Path) -> list[Path]:
    trees = [path for path in folder.glob("linux-source-*") if PACKAGE.fullmatch(path.name)]
    return sorted(
        (path for path in trees if (path / "Makefile").is_file()), key=lambda path: _version(path.name)
    )


def _version(package: str) -> tuple[int, int]:
    found = PACKAGE.fullmatch(package)
    return (int(found[1]), int(found[2])) if found else (0, 0)


def _mirror() -> str:
    """The Debian archive that this machine's apt is configured for."""
    listed = run(["apt-get", "indextargets", "--format", "$(REPO_URI) $(COMPONENT)", "Created-By: Packages"])
    for line in listed.splitlines():
        uri, _, component = line.partition(" ")
        if component.strip() == "main" and uri.rstrip("/").endswith("/debian"):
            return uri
    raise CommandError("apt is configured for no Debian archive: there is nowhere to take a kernel tree from")


def _apt(folder: Path) -> list[str]:
    """Options for apt with sources, lists and cache of our own."""
    state = folder / ".apt"
    (state / "lists" / "partial").mkdir(parents=True, exist_ok=True)
    (state / "cache" / "archives" / "partial").mkdir(parents=True, exist_ok=True)
    mirror = _mirror()
    signed = f"[signed-by={KEYRING}] " if KEYRING.exists() else ""
    sources = state / "sources.list"
    sources.write_text("".join(f"deb {signed}{mirror} {suite} main\n" for suite in SUITES))
    return [
        "-o", f"Dir::Etc::SourceList={sources}",
        "-o", "Dir::Etc::SourceParts=/dev/null",
        "-o", "Dir::Etc::Preferences=/dev/null",
        "-o", "Dir::Etc::PreferencesParts=/dev/null",
        "-o", f"Dir::State::Lists={state / 'lists'}",
        "-o", f"Dir::Cache={state / 'cache'}",
        "-o", "APT::Sandbox::User=root",
        "-o", "Acquire::Languages=none",
    ]  # fmt: skip


def _newest_package(folder: Path) -> str:
    options = _apt(folder)
    run(["apt-get", *options, "update"])
    names = run(["apt-cache", *options, "pkgnames", "linux-source-"]).split()
    packages = sorted((name for name in names if PACKAGE.fullmatch(name)), key=_version)
    if not packages:
        raise CommandError("the archive carries no linux-source package")
    return packages[-1]


def _bring(folder: Path, package: str) -> None:
    """Download and unpack ``package`` as ``folder``/``package``; whole or not at all."""
    work = folder / f".{package}.partial"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir()
    # Where a version is in several suites, the later suite of SUITES has the newer one and apt takes that.
    run(["apt-get", *_apt(folder), "download", package], cwd=work)
    [archive] = work.glob("*.deb")
    run(["dpkg-deb", "-x", archive, work / "package"])
    archive.unlink()
    [tarball] = (work / "package" / "usr" / "src").glob("*.tar.*")
    run(["tar", "-xf", tarball, "-C", work])
    (work / package).rename(folder / package)
    shutil.rmtree(work)
