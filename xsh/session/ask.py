"""Questions to the person at the terminal: text, yes or no, one of several, something secret."""

from __future__ import annotations

import os
from weakref import WeakKeyDictionary

from xsh.errors import NobodyToAsk
from xsh.reactor.reactor import need_loop
from xsh.reactor.signals import SIGINT
from xsh.session.session import current_session, flush_python
from xsh.watch.notices import make_room

TYPE_CHECKING = False
if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable, Sequence
    from typing import Any, ClassVar

    from prompt_toolkit import PromptSession


async def ask(question: str, default: str | None = None) -> str:
    """The line a person types, `default` for an empty one; read from a pipe when stdin is one.

    Raises NobodyToAsk at the end of input without a default.

    Example::

        name = await ask("Release name?", default="v1")
    """
    shown = f"{question} [{default}] " if default else f"{question} "
    answer = await _line(shown, default is not None)
    return answer or default or ""


async def confirm(question: str, default: bool | None = None) -> bool:
    """Whether a person says yes (y, yes) rather than no (n, no); asked again for anything else.

    Example::

        if await confirm("Deploy to production?", default=False):
            $ ./deploy
    """
    mark = {True: "[Y/n]", False: "[y/N]", None: "[y/n]"}[default]
    while True:
        answer = (await _line(f"{question} {mark} ", default is not None)).strip().lower()
        if not answer and default is not None:
            return default
        if answer in ("y", "yes", "n", "no"):
            return answer.startswith("y")


async def select(question: str, choices: Sequence[Any], default: Any = None) -> Any:
    """The choice a person names by number or text; raises ValueError when there are none.

    Example::

        place = await select("Where to?", ["staging", "production"])
    """
    options = list(choices)
    if not options:
        raise ValueError("select: there is nothing to choose from")
    lines = "".join(f"  {number}) {option}\n" for number, option in enumerate(options, 1))
    while True:
        answer = (await _line(f"{question}\n{lines}> ", default is not None)).strip()
        if not answer and default is not None:
            return default
        if answer.isdigit() and 1 <= int(answer) <= len(options):
            return options[int(answer) - 1]
        for option in options:
            if str(option) == answer:
                return option


async def secret(question: str) -> str:
    """A line typed unseen; the value is masked from now on in everything xsh prints, never in data.

    Example::

        token = await secret("API token?")
        await $`curl -fsS https://api.example.com`.env(TOKEN=token)
    """
    value = await _line(f"{question} ", False, hidden=True)
    current_session().secrets.add(value)
    return value


async def _line(prompt: str, has_default: bool, *, hidden: bool = False) -> str:
    flush_python()
    if not os.isatty(0):
        line = read_line(0)
        if line is None and not has_default:
            raise NobodyToAsk(
                f"there is nobody to answer {prompt.strip()!r}: stdin is not a terminal and has ended",
                hint="give a default, or pass the value as an argument of the script",
            )
        return line or ""
    make_room()
    await need_loop()
    return await typed(prompt, hidden=hidden)


def read_line(fd: int) -> str | None:
    """One line from a descriptor, byte by byte so that nothing after it is taken; None at the end of input."""
    data = bytearray()
    while True:
        byte = os.read(fd, 1)
        if not byte:
            return data.decode("utf-8", "surrogateescape") if data else None
        if byte == b"\n":
            return data.decode("utf-8", "surrogateescape").removesuffix("\r")
        data += byte


async def typed(prompt: str, *, hidden: bool) -> str:
    """A line edited at the terminal; Ctrl-C is KeyboardInterrupt, Ctrl-D on an empty line EOFError.

    Two questions at once would share the keys: each waits for the one before it.
    """
    from prompt_toolkit import PromptSession

    while True:
        if Gate.keeper is not None:
            await Gate.keeper.wait(prompt)
        async with turn():
            if Gate.keeper is not None and not Gate.keeper.open:
                continue
            session: PromptSession[str] = PromptSession(is_password=hidden)
            return str(await _interruptible(session, prompt))


async def _interruptible(session: PromptSession[str], prompt: str) -> Any:
    """What is typed; a SIGINT of others ends it as the key does, also one that comes as it begins or has just ended."""
    import asyncio

    from prompt_toolkit.key_binding import KeyBindings

    keys, app, early = KeyBindings(), session.app, False

    def stop() -> None:
        app.exit(exception=KeyboardInterrupt(), style="class:aborting")

    @keys.add("<sigint>")
    def interrupt(_event: object) -> None:
        nonlocal early
        if app.future is None:
            early = True
        elif not app.is_done:
            stop()
        else:
            # it is for whatever comes after the answer
            asyncio.get_running_loop().call_soon(os.kill, os.getpid(), SIGINT)

    def begin() -> None:
        if early:
            stop()

    ask_async: Callable[..., Any] = session.prompt_async
    return await ask_async(prompt, key_bindings=keys, handle_sigint=True, pre_run=begin)


class Gate:
    """When a question may be asked: always, unless the prompt has a `keeper` that says whether it is `open`."""

    keeper: ClassVar[Any] = None


def turn() -> asyncio.Lock:
    """Whose question it is, of all that the running loop waits for."""
    import asyncio

    loop = asyncio.get_running_loop()
    if loop not in _turns:
        _turns[loop] = asyncio.Lock()
    return _turns[loop]


_turns: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Lock] = WeakKeyDictionary()
