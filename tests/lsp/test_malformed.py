# SPDX-License-Identifier: GPL-2.0-only
"""What no editor should send: the server says so in one line, and goes on."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

INITIALIZE = {
    "id": 1,
    "method": "initialize",
    "params": {"processId": None, "rootUri": None, "capabilities": {}},
}
SHUTDOWN = {"id": 2, "method": "shutdown"}
BAD = [
    b"{{{{{",
    b"[" * 200_000,
    b'{"jsonrpc": "2.0", "method": "\xff\xfe"}',
    b"[]",
    b"null",
    b'{"jsonrpc": "2.0"}',
    b'{"jsonrpc": "2.0", "id": 7, "method": "textDocument/hover", "params": {"x": 1}}',
    b'{"jsonrpc": "2.0", "method": "textDocument/didOpen", "params": {"textDocument": 5}}',
    b'{"jsonrpc": "2.0", "id": 8, "method": "codeAction/resolve", "params": {"title": "x", "data": "x"}}',
]


def message(content: bytes) -> bytes:
    return b"Content-Length: %d\r\n\r\n%s" % (len(content), content)


def said(value: dict[str, object]) -> bytes:
    return message(json.dumps({"jsonrpc": "2.0", **value}).encode())


def test_malformed_messages_are_passed_over() -> None:
    text = b"".join([said(INITIALIZE), *map(message, BAD), said(SHUTDOWN), said({"method": "exit"})])
    done = subprocess.run(
        [sys.executable, "-m", "mmapmigrate", "lsp"], input=text, capture_output=True, timeout=60, check=False
    )
    assert b'"id":2' in done.stdout.replace(b" ", b"")
    assert done.returncode == 0
    assert b"Traceback" not in done.stderr
    assert all(line.startswith(b"mmapmigrate: ") for line in done.stderr.splitlines())


def test_closed_input_is_an_error_of_one_line() -> None:
    done = subprocess.run(
        ["sh", "-c", f"exec '{sys.executable}' -m mmapmigrate lsp <&-"],
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1)


@pytest.mark.parametrize("size", [10**15, 10**30])
def test_a_message_that_no_memory_holds_is_an_error_of_one_line(size: int) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "mmapmigrate", "lsp"],
        input=said(INITIALIZE) + b"Content-Length: %d\r\n\r\n{}" % size,
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1)
    assert b"larger than the memory" in done.stderr
