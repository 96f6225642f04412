"""`jobs`, `fg`, `bg`, `disown`, `wait`, `kill` and `exit`."""

from __future__ import annotations

import asyncio
import os
import signal

from xsh.reactor.signals import SIGCONT, SIGTERM
from xsh.repl.commands.refused import Refused
from xsh.repl.jobs.line import ENDED, RUNNING, STOPPED

TYPE_CHECKING = False
if TYPE_CHECKING:
    from xsh.repl.jobs.table import JobEntry
    from xsh.repl.shell import Shell


def jobs(shell: Shell, words: list[str]) -> str:
    """`jobs [-l|-p]`: every job; -l with its process number, -p only that."""
    lines: list[str] = []
    for entry in shell.jobs:
        pid = "" if entry.pid is None else str(entry.pid)
        if "-p" in words:
            lines += [pid] if pid else []
        elif "-l" in words:
            number, rest = shell.jobs.describe(entry).split(" ", 1)
            lines.append(f"{number} {pid:>7} {rest}")
        else:
            lines.append(shell.jobs.describe(entry))
    return "\n".join(lines)


def entry_of(shell: Shell, spec: str) -> JobEntry:
    """The job that a word means; raises Refused when there is none."""
    try:
        return shell.jobs.find(spec)
    except LookupError as error:
        raise Refused(str(error)) from error


def chosen(shell: Shell, words: list[str]) -> list[JobEntry]:
    """The jobs that the words name, the current one when they name none."""
    return [entry_of(shell, word) for word in words[1:] or ["%+"]]


def fg(shell: Shell, words: list[str]) -> str:
    """`fg [%N]`: the job goes on in the foreground, as soon as this line has ended; its text is shown."""
    entry = chosen(shell, words[:2])[0]
    shell.handover = entry
    return entry.text


def bg(shell: Shell, words: list[str]) -> str:
    """`bg [%N …]`: stopped jobs go on in the background."""
    entries = chosen(shell, words)
    for entry in entries:
        if entry.state == STOPPED:
            shell.control.resume(entry.line, front=False)
        shell.control.background(entry.line)
    return "\n".join(shell.jobs.describe(entry) for entry in entries)


def disown(shell: Shell, words: list[str]) -> None:
    """`disown [%N …]`: forget jobs, which then go on when the shell ends."""
    for entry in chosen(shell, words):
        entry.disowned = True
        shell.disowned.append(entry.line)
        shell.jobs.remove(entry)
        if entry.state == STOPPED:
            shell.say_plain(f"disown: [{entry.number}] is stopped; `kill -CONT {entry.pid}` lets it go on")


async def wait(shell: Shell, words: list[str]) -> int:
    """`wait [%N …]`: wait until the jobs, or all that run, have ended; the status of the last (POSIX XCU wait)."""
    entries = chosen(shell, words) if len(words) > 1 else [entry for entry in shell.jobs if entry.state == RUNNING]
    for entry in entries:
        state = await wait_for_change(entry)
        if state == STOPPED:
            raise Refused(f"{shell.jobs.describe(entry)}: `fg %{entry.number}` or `bg %{entry.number}` lets it go on")
    return entries[-1].line.status if entries and len(words) > 1 else 0


async def wait_for_change(entry: JobEntry) -> str:
    """Wait until a job has ended or was stopped; its state then."""
    line = entry.line
    while line.state == RUNNING:
        line.changed.clear()
        await line.changed.wait()
    await asyncio.sleep(0)
    return line.state


def kill(shell: Shell, words: list[str]) -> str | None:
    """`kill [-SIGNAL] %N|PID …`, `kill -l`: signal jobs and processes, SIGTERM if none is named (POSIX XCU kill)."""
    number, targets = signal_of(words[1:])
    if number is None:
        return " ".join(known.name.removeprefix("SIG") for known in signal.Signals)
    if not targets:
        raise Refused("names no job and no process: kill %1, kill 4711", 2)
    for target in targets:
        if target.startswith("%"):
            signal_entry(entry_of(shell, target), number)
        else:
            signal_process(target, number)
    return None


def signal_of(words: list[str]) -> tuple[int | None, list[str]]:
    """The signal that is asked for, None for `-l`, and the words that name who gets it."""
    if not words or not words[0].startswith("-") or words[0] == "--":
        return SIGTERM, words[1:] if words[:1] == ["--"] else words
    option, rest = words[0][1:], words[1:]
    if option in ("l", "L"):
        return None, rest
    if option in ("s", "n") and rest:
        option, rest = rest[0], rest[1:]
    if rest[:1] == ["--"]:
        rest = rest[1:]
    name = option.upper()
    try:
        number = int(option) if option.isdigit() else signal.Signals[name if name.startswith("SIG") else f"SIG{name}"]
    except KeyError:
        raise Refused(f"{option}: no such signal; kill -l lists them", 2) from None
    return int(number), rest


def signal_entry(entry: JobEntry, number: int) -> None:
    """Signal every program of a job; one that is stopped goes on, so that it sees it. A job without any is cancelled."""
    line = entry.line
    if not line.jobs and number in (signal.SIGTERM, signal.SIGINT, signal.SIGKILL, signal.SIGHUP) and line.task:
        line.cancel()
    stays = line.state != STOPPED or number in (signal.SIGSTOP, signal.SIGTSTP)
    for process in [member.process for job in line.jobs for member in job.members if member.alive]:
        if process is None:
            continue
        try:
            # by its own way: into a container, to another machine
            process.signal(number)
            if not stays:
                process.signal(SIGCONT)
        except PermissionError as error:
            raise Refused(f"%{entry.number}: {str(error.strerror).lower()}") from error


def signal_process(target: str, number: int) -> None:
    """Signal one process by its number; raises Refused when that cannot be."""
    try:
        os.kill(int(target), number)
    except ValueError:
        raise Refused(f"{target}: neither a job (%1) nor the number of a process") from None
    except OSError as error:
        raise Refused(f"{target}: {(error.strerror or str(error)).lower()}") from error


def exit_command(shell: Shell, words: list[str]) -> int:
    """`exit [N]`: leave with status N, else that of the last line; asks once when there are jobs."""
    if len(words) > 2:
        raise Refused("takes one number")
    try:
        status = int(words[1]) & 0xFF if len(words) > 1 else shell.status
    except ValueError:
        raise Refused(f"{words[1]}: a status is a number from 0 to 255", 2) from None
    if may_leave(shell):
        shell.leaving = status
    return status


def may_leave(shell: Shell) -> bool:
    """Whether the shell may end: there is no job, or the user was told of them and asks again."""
    left = [entry for entry in shell.jobs if entry.state != ENDED]
    if not left or shell.warned_of_jobs:
        return True
    shell.warned_of_jobs = True
    shell.say_plain("there are jobs, which end with the shell unless disowned; leave again to end them:")
    for entry in left:
        shell.say_plain(shell.jobs.describe(entry))
    return False
