"""xsh: Python plus one idea, `$` runs commands; this is the public face, every name imported on first use."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from xsh.command.command import Command as Command
    from xsh.command.pipeline import Pipeline as Pipeline
    from xsh.command.pipeline import Stage as Stage
    from xsh.command.pipeline import Transform as Transform
    from xsh.command.transform import stream as stream
    from xsh.command.transform import tee as tee
    from xsh.engine.job import Job as Job
    from xsh.errors import ArgumentsTooLong as ArgumentsTooLong
    from xsh.errors import AuthenticationFailed as AuthenticationFailed
    from xsh.errors import CommandCancelled as CommandCancelled
    from xsh.errors import CommandError as CommandError
    from xsh.errors import CommandFailed as CommandFailed
    from xsh.errors import CommandTimedOut as CommandTimedOut
    from xsh.errors import ConnectFailed as ConnectFailed
    from xsh.errors import ConnectionLost as ConnectionLost
    from xsh.errors import HostKeyMismatch as HostKeyMismatch
    from xsh.errors import HostKeyUnknown as HostKeyUnknown
    from xsh.errors import NobodyToAsk as NobodyToAsk
    from xsh.errors import ProgramNotExecutable as ProgramNotExecutable
    from xsh.errors import ProgramNotFound as ProgramNotFound
    from xsh.errors import ResourceExhausted as ResourceExhausted
    from xsh.errors import ScriptError as ScriptError
    from xsh.errors import SpawnError as SpawnError
    from xsh.errors import TargetError as TargetError
    from xsh.errors import TemplateError as TemplateError
    from xsh.errors import WorkingDirectoryError as WorkingDirectoryError
    from xsh.errors import XshError as XshError
    from xsh.fleet.report import FleetFailed as FleetFailed
    from xsh.fleet.report import FleetReport as FleetReport
    from xsh.fleet.report import HostGroup as HostGroup
    from xsh.fleet.report import HostResult as HostResult
    from xsh.flow.crew import Outcome as Outcome
    from xsh.flow.events import StepEvent as StepEvent
    from xsh.flow.events import StepFailed as StepFailed
    from xsh.flow.events import StepOutput as StepOutput
    from xsh.flow.events import StepSkipped as StepSkipped
    from xsh.flow.events import StepStarted as StepStarted
    from xsh.flow.events import StepSucceeded as StepSucceeded
    from xsh.flow.events import StepUndone as StepUndone
    from xsh.flow.events import WorkflowEnded as WorkflowEnded
    from xsh.flow.events import WorkflowEvent as WorkflowEvent
    from xsh.flow.events import WorkflowStarted as WorkflowStarted
    from xsh.flow.gather import gather as gather
    from xsh.flow.gather import settle as settle
    from xsh.flow.limit import Barrier as Barrier
    from xsh.flow.limit import BrokenBarrier as BrokenBarrier
    from xsh.flow.limit import JobQueue as JobQueue
    from xsh.flow.limit import Limiter as Limiter
    from xsh.flow.primitives import Condition as Condition
    from xsh.flow.primitives import Event as Event
    from xsh.flow.primitives import Lock as Lock
    from xsh.flow.primitives import Semaphore as Semaphore
    from xsh.flow.primitives import task_group as task_group
    from xsh.flow.race import first_ok as first_ok
    from xsh.flow.race import race as race
    from xsh.flow.ready import wait_for as wait_for
    from xsh.flow.report import StepReport as StepReport
    from xsh.flow.report import WorkflowReport as WorkflowReport
    from xsh.flow.retry import retry as retry
    from xsh.flow.stream import as_completed as as_completed
    from xsh.flow.stream import batched as batched
    from xsh.flow.timeout import sleep as sleep
    from xsh.flow.timeout import timeout as timeout
    from xsh.result import Result as Result
    from xsh.result import Usage as Usage
    from xsh.script.blocking import run as run
    from xsh.script.main import main as main
    from xsh.session.ask import ask as ask
    from xsh.session.ask import confirm as confirm
    from xsh.session.ask import secret as secret
    from xsh.session.ask import select as select
    from xsh.session.builtins import cd as cd
    from xsh.session.files import glob as glob
    from xsh.session.sh import Sh as Sh
    from xsh.session.sh import sh as sh
    from xsh.session.shortcuts import env as env
    from xsh.session.shortcuts import which as which
    from xsh.session.temporary import tempdir as tempdir
    from xsh.session.temporary import tempfile as tempfile
    from xsh.session.workflow import Workflow as Workflow
    from xsh.watch.progress import progress as progress
    from xsh.watch.progress import spinner as spinner
    from xsh.words.template import Interpolation as Interpolation
    from xsh.words.template import Template as Template

__version__ = "0.1.0"


def __getattr__(name: str) -> object:
    import sys

    from xsh.script.names import PUBLIC

    if name == "__all__":
        value: object = sorted(PUBLIC)
    elif name in PUBLIC:
        __import__(PUBLIC[name])
        value = getattr(sys.modules[PUBLIC[name]], name)
    else:
        raise AttributeError(f"module 'xsh' has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    from xsh.script.names import PUBLIC

    return [*sorted(PUBLIC), "__version__"]
