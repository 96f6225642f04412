"""Signals without the module `signal`, which makes enumerations of them and so costs more than a spawn."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from signal import SIG_DFL as SIG_DFL
    from signal import SIG_IGN as SIG_IGN
    from signal import SIGCHLD as SIGCHLD
    from signal import SIGCONT as SIGCONT
    from signal import SIGHUP as SIGHUP
    from signal import SIGINT as SIGINT
    from signal import SIGKILL as SIGKILL
    from signal import SIGPIPE as SIGPIPE
    from signal import SIGTERM as SIGTERM
    from signal import SIGTSTP as SIGTSTP
    from signal import SIGTTIN as SIGTTIN
    from signal import SIGTTOU as SIGTTOU
    from signal import SIGXFSZ as SIGXFSZ
    from signal import getsignal as getsignal
    from signal import signal as signal
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
        SIGTERM,
        SIGTSTP,
        SIGTTIN,
        SIGTTOU,
        SIGXFSZ,
        getsignal,
        signal,
    )

__all__ = [
    "SIGCHLD",
    "SIGCONT",
    "SIGHUP",
    "SIGINT",
    "SIGKILL",
    "SIGPIPE",
    "SIGTERM",
    "SIGTSTP",
    "SIGTTIN",
    "SIGTTOU",
    "SIGXFSZ",
    "SIG_DFL",
    "SIG_IGN",
    "getsignal",
    "signal",
]
