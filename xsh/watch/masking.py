"""Secrets masked in what comes in pieces: what may be the beginning of one is held back until the next piece tells."""

from __future__ import annotations

from xsh.watch.secrets import MASK

TYPE_CHECKING = False
if TYPE_CHECKING:
    from xsh.command.target import LineWriter
    from xsh.watch.secrets import Secrets


class StreamMasker:
    """Masks one stream; all it has given, put together, is what masking the whole at once would give."""

    __slots__ = ("held", "secrets")

    def __init__(self, secrets: Secrets) -> None:
        self.secrets = secrets
        self.held = b""

    def feed(self, data: bytes) -> bytes:
        """What can be shown now."""
        if not self.secrets.forms:
            return data
        data = self.held + data
        shown: list[bytes] = []
        position = 0
        hold = self._hold_from(data, 0)
        for found in self.secrets.patterns[1].finditer(data):
            if found.start() >= hold:
                break
            shown += (data[position : found.start()], MASK.encode())
            position = found.end()
            if position > hold:
                hold = self._hold_from(data, position)
        self.held = data[hold:]
        shown.append(data[position:hold])
        return b"".join(shown)

    def end(self) -> bytes:
        """What is still held: it is the beginning of a secret, and no more of it came."""
        rest, self.held = self.held, b""
        return self.secrets.patterns[1].sub(MASK.encode(), rest) if rest else rest

    def _hold_from(self, data: bytes, start: int) -> int:
        """Where, from `start` on, the first possible beginning of a secret stands that the end of `data` cuts off."""
        return min((_cut_off(data, form, start) for form in self.secrets.encoded), default=len(data))


def _cut_off(data: bytes, form: bytes, start: int) -> int:
    position = max(start, len(data) - len(form) + 1)
    while (position := data.find(form[:1], position)) >= 0:
        if form.startswith(data[position:]):
            return position
        position += 1
    return len(data)


class MaskedLines:
    """A writer of labelled lines that is given them masked."""

    __slots__ = ("maskers", "writer")

    def __init__(self, writer: LineWriter, secrets: Secrets) -> None:
        self.writer = writer
        self.maskers = {stream: StreamMasker(secrets) for stream in (1, 2)}

    def write(self, stream: int, data: bytes) -> None:
        """Show the lines that `data` completes; raises OSError when our own output is gone."""
        if shown := self.maskers[stream].feed(data):
            self.writer.write(stream, shown)

    def close(self) -> None:
        """Show a last line that had no end."""
        for stream, masker in self.maskers.items():
            if rest := masker.end():
                self.writer.write(stream, rest)
        self.writer.close()
