# SPDX-License-Identifier: GPL-2.0-only
"""Finding and reading a configuration file.

It comes from the tree that is checked, so it can choose among what is there and nothing more: no key names
code to load or a command to run.
"""

from __future__ import annotations

import re
import stat
from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct

from mmapmigrate.disk.scan import is_file

NAME = "mmapmigrate.toml"
SHARED_NAME = "pyproject.toml"
TABLE = ("tool", "mmapmigrate")

LARGEST = 1 << 20
"""Bytes of a file that is read."""

LISTS = ("select", "extend-select", "ignore", "exclude")
TEXTS = ("kernel", "target")
PATTERNS = "per-path-ignores"
KEYS = (*LISTS, PATTERNS, *TEXTS)

_ENDLESS_KEY = re.compile(rb"""(?<![\w"'.-])(?:[\w"'-]+[ \t]*\.[ \t]*){100}""")
"""A key of so many parts takes tomllib minutes."""

_SHOWN = 80
"""Characters of a key that a message shows."""

_SOUGHT = 100_000
"""A key of more characters is not looked for in its file: to compile the pattern of a MB takes 10 s."""

COMMAND_LINE_ONLY = {"rules": "--rules", "rule-folders": "--rules", "plugins": "--rules", "build": "--build"}
"""Keys that a file may not have, because what they name would be run."""


class ConfigError(Exception):
    """A configuration that cannot be read: one line for the user, the file's name in it."""


class Config(Struct, frozen=True):
    """One file's values; None where a key is not given. ``file`` is None where there is no file."""

    file: Path | None = None
    select: tuple[str, ...] | None = None
    extend_select: tuple[str, ...] | None = None
    ignore: tuple[str, ...] | None = None
    exclude: tuple[str, ...] | None = None
    per_path_ignores: tuple[tuple[str, tuple[str, ...]], ...] | None = None
    kernel: str | None = None
    target: str | None = None

    @property
    def folder(self) -> Path:
        """The folder that patterns and the kernel's path begin at."""
        return Path.cwd() if self.file is None else self.file.parent


def find_config(path: str) -> Config:
    """The configuration for ``path``: of its folder (of itself, where it is one), or the nearest above.

    In one folder mmapmigrate.toml comes before pyproject.toml, which counts only if it has the table.
    Raises ConfigError when the file that is found cannot be used.
    """
    here = Path(path).absolute()
    for folder in (here, *here.parents):
        for name in (NAME, SHARED_NAME):
            file = folder / name
            if not is_file(str(file)):
                if name == NAME:
                    _refuse_other(file)
                continue
            values = _values(file)
            if values is not None:
                return _config(file, values)
    return Config()


def _refuse_other(file: Path) -> None:
    """Raises ConfigError where ``file``, which is no regular one, is anything else: somebody meant it."""
    try:
        link = stat.S_ISLNK(file.lstat().st_mode)
    except (OSError, ValueError):
        return
    try:
        mode = file.stat().st_mode
    except OSError as error:
        reason = error.strerror or str(error)
        raise ConfigError(f"{file}: cannot be read: {'a link: ' if link else ''}{reason}") from None
    kind = "a folder" if stat.S_ISDIR(mode) else "no regular file"
    raise ConfigError(f"{file}: cannot be read: it is {kind}")


def _values(file: Path) -> Mapping[str, object] | None:
    """The table of ``file``, None where a pyproject.toml has none."""
    try:
        with file.open("rb") as stream:
            data = stream.read(LARGEST + 1)
    except OSError as error:
        raise ConfigError(f"{file}: cannot be read: {error.strerror or error}") from None
    shared = file.name == SHARED_NAME
    if shared and TABLE[1].encode() not in data:
        return None
    if len(data) > LARGEST:
        raise ConfigError(f"{file}: larger than {LARGEST >> 20} MB")
    if _ENDLESS_KEY.search(data):
        raise ConfigError(f"{file}: nested too deeply")
    # Loaded here: most trees have no such file.
    import tomllib

    try:
        document: object = tomllib.loads(data.decode("utf-8"))
    except UnicodeDecodeError:
        raise ConfigError(f"{file}: not UTF-8") from None
    except RecursionError:
        raise ConfigError(f"{file}: nested too deeply") from None
    except ValueError as error:
        # Also a number of more digits than Python reads.
        raise ConfigError(f"{file}: {str(error).partition(';')[0]}") from None
    for key in TABLE if shared else ():
        document = document.get(key) if isinstance(document, dict) else None
    if document is None:
        return None
    if not isinstance(document, dict):
        raise ConfigError(f"{file}: {'.'.join(TABLE)} must be a table")
    return document


def _config(file: Path, values: Mapping[str, object]) -> Config:
    for key in values:
        if key in COMMAND_LINE_ONLY:
            raise ConfigError(
                f"{_place(file, key)}: {key!r} cannot be configured: what it names is run; "
                f"only the command line may say {COMMAND_LINE_ONLY[key]}"
            )
        if key not in KEYS:
            # A run whose rules and keys are known must not wait for it.
            import difflib

            close = difflib.get_close_matches(key[:_SHOWN].replace("_", "-"), KEYS, n=1, cutoff=0.5)
            hint = f"did you mean {close[0]!r}?" if close else f"known are {', '.join(KEYS)}"
            raise ConfigError(f"{_place(file, key)}: unknown key {key[:_SHOWN]!r}; {hint}")
    if "kernel" in values and "target" in values:
        raise ConfigError(f"{_place(file, 'target')}: kernel and target exclude each other")
    texts = {key: _text(file, key, values[key]) for key in TEXTS if key in values}
    lists = {key.replace("-", "_"): _list(file, key, values[key], key) for key in LISTS if key in values}
    return Config(
        file,
        **lists,
        per_path_ignores=_patterns(file, values[PATTERNS]) if PATTERNS in values else None,
        kernel=str(file.parent / texts["kernel"]) if "kernel" in texts else None,
        target=texts.get("target"),
    )


def _text(file: Path, key: str, value: object) -> str:
    if not isinstance(value, str) or not value:
        raise ConfigError(f'{_place(file, key)}: {key} must be a text, such as {key} = "7.3"')
    return value


def _list(file: Path, key: str, value: object, name: str) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(each, str) and each for each in value):
        example = "drivers/old/" if key == "exclude" else "MM101"
        raise ConfigError(f'{_place(file, key)}: {name} must be a list of texts, such as ["{example}"]')
    return tuple(value)


def _patterns(file: Path, value: object) -> tuple[tuple[str, tuple[str, ...]], ...]:
    if not isinstance(value, dict):
        raise ConfigError(
            f'{_place(file, PATTERNS)}: {PATTERNS} must be a table, such as "drivers/old/" = ["MM101"]'
        )
    return tuple(
        (pattern, _list(file, pattern, codes, f"{PATTERNS}.{pattern[:_SHOWN]!r}"))
        for pattern, codes in value.items()
    )


def _place(file: Path, key: str) -> str:
    """``file:line`` of a key, or ``file`` where it is written in an unusual way."""
    if len(key) > _SOUGHT:
        return str(file)
    word = re.escape(key)
    pattern = re.compile(
        rf"""^[ \t]*(?:[\w.-]+\.)?["']?{word}["']?[ \t]*=|^[ \t]*\[[^\]\n]*{word}["']?\]""", re.M
    )
    text = file.read_text("utf-8", "replace")
    found = pattern.search(text)
    return f"{file}:{text.count(chr(10), 0, found.start()) + 1}" if found is not None else str(file)
