"""Signals without the module `signal`, which makes enumerations of them and so costs more than a spawn."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from signal import (
        SIG_DFL,
        SIG_IGN,
        SIGCHLD,
        SIGCONT,
        SIGHUP,
        SIGINT,
        SIGKILL,
        SIGPIPE,
        SIGQUIT,
        SIGTERM,
        SIGTSTP,
        SIGTTIN,
        SIGTTOU,
        SIGXFSZ,
        getsignal,
        pthread_kill,
        signal,
    )
else:
    from _signal import (
        SIG_DFL,
        SIG_IGN,
        SIGCHLD,
        SIGCONT,
        SIGHUP,
        SIGINT,
        SIGKILL,
        SIGPIPE,
        SIGQUIT,
        SIGTERM,
        SIGTSTP,
        SIGTTIN,
        SIGTTOU,
        SIGXFSZ,
        getsignal,
        pthread_kill,
        signal,
    )

__all__ = [
    "SIGCHLD",
    "SIGCONT",
    "SIGHUP",
    "SIGINT",
    "SIGKILL",
    "SIGPIPE",
    "SIGQUIT",
    "SIGTERM",
    "SIGTSTP",
    "SIGTTIN",
    "SIGTTOU",
    "SIGXFSZ",
    "SIG_DFL",
    "SIG_IGN",
    "getsignal",
    "pthread_kill",
    "signal",
]
