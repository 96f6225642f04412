"""For the tests of scripts: a place where nothing runs, programs that answer as scripted, and a small Dask cluster."""

from __future__ import annotations

from xsh.targets.fake.fake import FakeTarget, UnscriptedCommand
from xsh.targets.fake.reply import Call, Reply

__all__ = ["Call", "FakeTarget", "Reply", "UnscriptedCommand"]
