"""A limit of the machine or of this user was reached: which one, in words."""

from __future__ import annotations

from errno import EAGAIN, EMFILE, ENFILE, ENOMEM

from xsh.errors import ResourceExhausted

LIMITS = {
    EMFILE: ("open files of this process", "RLIMIT_NOFILE", "`ulimit -n` shows and raises it"),
    ENFILE: ("open files of the machine", None, "see /proc/sys/fs/file-max"),
    EAGAIN: (
        "processes of this user",
        "RLIMIT_NPROC",
        "`ulimit -u` shows and raises it; run fewer at once with `limit=`",
    ),
    ENOMEM: ("memory", "RLIMIT_AS", "run fewer at once with `limit=`"),
}


def exhausted(error: OSError, name: str) -> ResourceExhausted:
    """The error that says which limit kept `name` from being started."""
    what, limit, hint = LIMITS.get(error.errno or 0, ("resources", None, None))
    number = ""
    if limit is not None:
        number = _soft(limit)
    return ResourceExhausted(f"cannot start {name}: no more {what}{number}", program=name, hint=hint)


def _soft(limit: str) -> str:
    try:
        import resource
    except (ImportError, OSError):
        # it is a file to be loaded, and there may be no descriptor for that
        return ""
    soft = resource.getrlimit(getattr(resource, limit))[0]
    return "" if soft == resource.RLIM_INFINITY else f", the limit is {soft}"
