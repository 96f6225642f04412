"""The names that users have and where they live, in scripts and in the library; imports nothing: an empty script reads it too."""

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
    "xsh.command.command": "Command",
    "xsh.command.pipeline": "Pipeline Stage Transform",
    "xsh.command.transform": "stream tee",
    "xsh.engine.job": "Job",
    "xsh.errors": (
        "ArgumentsTooLong AuthenticationFailed CommandCancelled CommandError CommandFailed CommandTimedOut "
        "ConnectFailed ConnectionLost HostKeyMismatch HostKeyUnknown NobodyToAsk ProgramNotExecutable ProgramNotFound "
        "ResourceExhausted ScriptError SpawnError TargetError TemplateError WorkingDirectoryError XshError"
    ),
    "xsh.fleet.report": "FleetFailed FleetReport HostGroup HostResult",
    "xsh.flow.crew": "Outcome",
    "xsh.flow.events": (
        "StepEvent StepFailed StepOutput StepSkipped StepStarted StepSucceeded StepUndone "
        "WorkflowEnded WorkflowEvent WorkflowStarted"
    ),
    "xsh.flow.gather": "gather settle",
    "xsh.flow.limit": "Barrier BrokenBarrier JobQueue Limiter",
    "xsh.flow.primitives": "Condition Event Lock Semaphore task_group",
    "xsh.flow.race": "first_ok race",
    "xsh.flow.ready": "wait_for",
    "xsh.flow.report": "StepReport WorkflowReport",
    "xsh.flow.retry": "retry",
    "xsh.flow.stream": "as_completed batched",
    "xsh.flow.timeout": "sleep timeout",
    "xsh.result": "Result Usage",
    "xsh.script.blocking": "run",
    "xsh.script.main": "main",
    "xsh.session.ask": "ask confirm secret select",
    "xsh.session.builtins": "cd",
    "xsh.session.files": "glob",
    "xsh.session.temporary": "tempdir tempfile",
    "xsh.session.sh": "Sh sh",
    "xsh.session.shortcuts": "env which",
    "xsh.session.workflow": "Workflow",
    "xsh.watch.progress": "progress spinner",
    "xsh.words.template": "Interpolation Template",
}
PUBLIC = {name: home for home, names in HOMES.items() for name in names.split()}
"""What `from xsh import …` gives."""
OWN = frozenset(("sh", "env", "which", "argv"))
LIBRARY_ONLY = frozenset("Command Interpolation Job Pipeline Sh Stage Template Transform Usage run".split())  # noqa: SIM905 - a table
"""Public names that no script starts with; a script uses them by `import xsh`."""
HOME_OF = {name: home for name, home in PUBLIC.items() if name not in LIBRARY_ONLY and name not in OWN}
HOME_OF["Path"] = "pathlib"
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
