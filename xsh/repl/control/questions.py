"""Questions of Python code at the prompt: asked while a line waits in the foreground, never beside the prompt itself."""

from __future__ import annotations

from xsh.repl.jobs.line import current_line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from xsh.repl.control.control import JobControl
    from xsh.repl.shell import Shell


class Questions:
    """Says when a question may be asked; tells the user of one that has to wait."""

    def __init__(self, shell: Shell, control: JobControl) -> None:
        self.shell = shell
        self.control = control

    @property
    def open(self) -> bool:
        """Whether the line in the foreground is the one that asks, or one of Python, and no program has the terminal."""
        front, terminal = self.control.front, self.control.terminal
        asks = front is not None and (front.is_python or front is current_line.get())
        return asks and (terminal is None or terminal.is_ours)

    async def wait(self, question: str) -> None:
        """Wait until a question may be asked."""
        if self.open:
            return
        first = question.strip().split("\n")[0]
        self.shell.say(f"a question waits: {first} (`await` its task, or `fg` its job, to answer)")
        while not self.open:
            self.control.moved.clear()
            await self.control.moved.wait()
