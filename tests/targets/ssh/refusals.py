"""A command that a host lets in or does not, and the facts that every such error has."""

from __future__ import annotations

import pytest

from xsh import TargetError, sh
from xsh.targets.ssh.target import SSHTarget


async def refused(target: SSHTarget, kind: type[TargetError], *, retryable: bool) -> TargetError:
    """The error that a command ends with, its facts checked."""
    try:
        with pytest.raises(kind) as caught:
            await sh(target=target).argv("echo", "never")
    finally:
        await target.close()
    error = caught.value
    assert error.host == target.name
    assert target.name in str(error)
    assert error.retryable is retryable
    assert error.exit_code == 255
    return error


async def let_in(target: SSHTarget) -> None:
    """A command runs there."""
    try:
        assert (await sh(target=target).argv("echo", "in")).text == "in"
    finally:
        await target.close()
