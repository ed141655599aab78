# SPDX-License-Identifier: GPL-2.0-only
"""Neovim itself shows the findings and applies the fix, as docs/editors.md has it where it is new enough."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import mmapmigrate

ROOT = Path(__file__).resolve().parents[2]
FIXTURE = ROOT / "fixtures" / "remap_checked"
PAGE = ROOT / "docs" / "editors.md"

pytestmark = [
    pytest.mark.skipif(shutil.which("nvim") is None, reason="no Neovim"),
    pytest.mark.skipif(not PAGE.is_file(), reason="not in a checkout"),
]

SESSION = """\
local function documented()
%s
end

if vim.lsp.config then
  documented()
  vim.cmd("edit foo.c")
  vim.bo.filetype = "c"
else
  local server = { name = "mmapmigrate", cmd = { "mmapmigrate", "lsp" }, root_dir = vim.fn.getcwd() }
  local id = vim.lsp.start_client(server)
  vim.cmd("edit foo.c")
  vim.lsp.buf_attach_client(0, id)
end

local function say(text) io.stdout:write(tostring(text), "\\n") end

vim.wait(60000, function() return #vim.diagnostic.get(0) > 0 end, 50)
local hook
for _, each in ipairs(vim.diagnostic.get(0)) do
  say(each.lnum + 1 .. " " .. each.code)
  if each.code == "MM101" then hook = each end
end
vim.api.nvim_win_set_cursor(0, { hook.lnum + 1, hook.col })

local client
for _, each in ipairs((vim.lsp.get_clients or vim.lsp.get_active_clients)()) do client = each end
local function ask(method, params)
  return vim.lsp.buf_request_sync(0, method, params, 60000)[client.id].result
end

local params = vim.lsp.util.make_range_params(0, client.offset_encoding)
params.context = { diagnostics = {}, only = { "quickfix" } }
say(ask("textDocument/hover", vim.lsp.util.make_position_params(0, client.offset_encoding)).contents.value)
local action = ask("textDocument/codeAction", params)[1]
say(action.title)
vim.lsp.util.apply_workspace_edit(action.edit, client.offset_encoding)
vim.cmd("silent wall")
vim.cmd("qall!")
"""


def test_neovim_shows_and_fixes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copy(FIXTURE / "before.c", tmp_path / "foo.c")
    (tmp_path / "mmapmigrate.toml").write_text('target = "7.3"\n')
    (tmp_path / ".git").mkdir()
    program = tmp_path / "bin" / "mmapmigrate"
    program.parent.mkdir()
    package = Path(mmapmigrate.__file__).parents[1]
    program.write_text(f'#!/bin/sh\nPYTHONPATH="{package}" exec "{sys.executable}" -m mmapmigrate "$@"\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")
    for name in ("HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME"):
        monkeypatch.setenv(name, str(tmp_path / "home"))
    [lines] = re.findall(r"^```lua\n(.*?)^```$", PAGE.read_text("utf-8"), re.DOTALL | re.MULTILINE)
    (tmp_path / "session.lua").write_text(SESSION % lines)
    done = subprocess.run(
        ["nvim", "--headless", "-u", "NONE", "-i", "NONE", "-n", "-c", "luafile session.lua"],
        cwd=tmp_path,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    shown = done.stdout + done.stderr
    assert "26 MM301\n35 MM101\n" in done.stdout, shown
    assert "deprecated-mmap-hook" in done.stdout, shown
    assert "Convert remap_checked_mmap() to mmap_prepare" in done.stdout, shown
    assert (tmp_path / "foo.c").read_bytes() == (FIXTURE / "after.c").read_bytes()
