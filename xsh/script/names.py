"""Which names a script starts with and where they live; imports nothing, since an empty script reads it too."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import CodeType

MODULES = frozenset(
    [
        "os",
        "sys",
        "re",
        "json",
        "math",
        "time",
        "shutil",
        "random",
        "datetime",
        "itertools",
        "functools",
        "collections",
        "asyncio",
        "anyio",
    ]
)

HOMES = {
    "xsh.command.transform": ("stream", "tee"),
    "xsh.errors": (
        "XshError",
        "CommandError",
        "CommandFailed",
        "CommandTimedOut",
        "CommandCancelled",
        "SpawnError",
        "ProgramNotFound",
        "ProgramNotExecutable",
        "WorkingDirectoryError",
        "ArgumentsTooLong",
        "ResourceExhausted",
        "TargetError",
        "ConnectFailed",
        "ConnectionLost",
        "AuthenticationFailed",
        "HostKeyUnknown",
        "HostKeyMismatch",
        "TemplateError",
        "ScriptError",
    ),
    "xsh.result": ("Result",),
    "xsh.flow.gather": ("gather", "settle"),
    "xsh.flow.crew": ("Outcome",),
    "xsh.flow.race": ("race", "first_ok"),
    "xsh.flow.stream": ("as_completed", "batched"),
    "xsh.flow.limit": ("Limiter", "JobQueue", "Barrier", "BrokenBarrier"),
    "xsh.flow.primitives": ("Semaphore", "Event", "Lock", "Condition", "task_group"),
    "xsh.flow.retry": ("retry",),
    "xsh.flow.timeout": ("timeout", "sleep"),
    "xsh.flow.ready": ("wait_for",),
    "xsh.session.builtins": ("cd",),
    "xsh.watch.progress": ("progress", "spinner"),
    "xsh.session.files": ("glob", "tempdir", "tempfile"),
    "xsh.session.workflow": ("Workflow",),
    "xsh.flow.events": (
        "WorkflowEvent",
        "WorkflowStarted",
        "WorkflowEnded",
        "StepEvent",
        "StepStarted",
        "StepOutput",
        "StepSucceeded",
        "StepFailed",
        "StepSkipped",
        "StepUndone",
    ),
    "xsh.flow.report": ("StepReport", "WorkflowReport"),
    "xsh.session.ask": ("ask", "confirm", "select", "secret"),
    "xsh.script.main": ("main",),
    "pathlib": ("Path",),
}
HOME_OF = {name: home for home, names in HOMES.items() for name in names}
OWN = frozenset(("sh", "env", "which", "argv"))
NEEDS_LOOP = frozenset(
    [
        "asyncio",
        "anyio",
        "gather",
        "settle",
        "race",
        "first_ok",
        "as_completed",
        "Limiter",
        "JobQueue",
        "Barrier",
        "Semaphore",
        "Event",
        "Lock",
        "Condition",
        "task_group",
        "wait_for",
        "Workflow",
        "timeout",
        "start",
    ]
)
"""Names whose use says that a script will want asyncio's loop, so that it is started at once."""


def mentioned(code: CodeType) -> set[str]:
    """Every global, attribute and imported name that a piece of code and the functions in it use."""
    names = set(code.co_names)
    for constant in code.co_consts:
        if hasattr(constant, "co_names"):
            names |= mentioned(constant)
    return names


def uses_xsh(wanted: set[str]) -> bool:
    """Whether code that mentions these names needs anything of xsh's own."""
    return any(name in HOME_OF or name in MODULES or name in OWN or name.startswith("__xsh_") for name in wanted)
