"""How the end of a process is seen on Linux: a pidfd, which poll(2) finds readable then (pidfd_open(2))."""

from __future__ import annotations

from os import pidfd_open as exit_descriptor

RSS_UNIT = 1024
"""Bytes in one unit of `ru_maxrss` (getrusage(2))."""

__all__ = ["RSS_UNIT", "exit_descriptor"]
