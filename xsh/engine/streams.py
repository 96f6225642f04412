"""The streams of one job: what is read, written, kept and passed on to loops, until the job has ended."""

from __future__ import annotations

from xsh.engine.keep import Feed
from xsh.engine.pump import drop

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Callable
    from typing import Any

    from xsh.engine.keep import Capture, Tail
    from xsh.engine.pump import Reader, Writer

STDOUT, STDERR = 1, 2
NAMES = {STDOUT: "stdout", STDERR: "stderr"}


class Streams:
    """Readers, writers, what holds their bytes, and the queues of loops that iterate them."""

    __slots__ = ("closers", "feeds", "input", "items", "job", "kept", "readers", "writers")

    def __init__(self, job: Any) -> None:
        self.job = job
        self.readers: list[Reader] = []
        self.writers: list[Writer] = []
        self.feeds: dict[int, list[Feed]] = {STDOUT: [], STDERR: []}
        self.closers: list[Callable[[], Any]] = []
        self.kept: Capture | Tail | None = None
        self.items: list[Any] | None = None
        self.input: Writer | None = None

    def keep(self, holder: Capture | Tail) -> None:
        """Remember what holds stdout."""
        if self.kept is None:
            self.kept = holder

    def feed(self, stream: int) -> Feed:
        """A new queue of lines for a loop over a stream."""
        feed = Feed()
        self.feeds[stream].append(feed)
        return feed

    def unfollow(self, feed: Feed) -> None:
        """A loop over a stream has been left."""
        for feeds in self.feeds.values():
            if feed in feeds:
                feeds.remove(feed)

    def tap(self, stream: int) -> Callable[[bytes], None]:
        """What a captured stream is also given to: the loops that iterate it."""
        feeds = self.feeds[stream]

        def pass_on(chunk: bytes) -> None:
            for feed in feeds:
                feed.write(chunk)

        return pass_on

    def lines(self, stream: int) -> AsyncIterator[str]:
        """Lines of a captured stream from its beginning; raises ValueError for one that does not come to us."""
        kept = self.kept if stream == STDOUT else self._stderr()
        if kept is None:
            name = f"{NAMES[stream]} of `{self.job.stage.display}`"
            raise ValueError(f"{name} does not come to us, so it has no lines to iterate")
        feed = Feed()
        feed.write(kept.value())
        if self.job.running:
            self.feeds[stream].append(feed)
        else:
            feed.end()
        return self.follow(feed)

    def _stderr(self) -> Capture | Tail | None:
        held = [member.stderr for member in self.job.members if member.stderr is not None]
        return held[-1] if held else None

    async def follow(self, feed: Feed) -> AsyncGenerator[Any, None]:
        """The items of a queue until its stream ends."""
        try:
            while (batches := await feed.more(self.job.reactor)) is not None:
                for batch in batches:
                    for item in batch:
                        yield item
        finally:
            self.unfollow(feed)

    @property
    def open(self) -> bool:
        """Whether some output has not ended."""
        return any(not reader.closed for reader in self.readers)

    @property
    def behind(self) -> bool:
        """Whether a loop over some output has not kept up, so that more is there than was read."""
        return any(reader.paused and not reader.closed for reader in self.readers)

    def stop_input(self) -> None:
        """Write nothing more into what is being stopped."""
        for writer in self.writers:
            writer.close()

    def probe(self) -> None:
        """Close the inputs that nobody reads any more."""
        for writer in list(self.writers):
            writer.probe()

    def drain(self) -> list[Reader]:
        """Read what is there of every output; those that somebody still holds open are ours no more and returned."""
        for reader in self.readers:
            if reader.paused:
                # it is being stopped, and nobody takes what is left
                reader.sink = drop
                reader.resume()
            reader.drain()
        held = [reader for reader in self.readers if not reader.closed]
        self.readers = [reader for reader in self.readers if reader.closed]
        return held

    def undo(self) -> None:
        """Nothing has started: give back what was opened."""
        for reader in self.readers:
            reader.close()
        self.close()
        self.__init__(self.job)  # type: ignore[misc] # as new

    def close(self) -> None:
        """Everything has ended: close what is ours and end the loops."""
        self.stop_input()
        for feeds in self.feeds.values():
            for feed in feeds:
                feed.end()
        for close in self.closers:
            try:
                close()
            except OSError as error:
                # what was still to be shown cannot be; whoever waits is told, and waits no longer
                self.job.error = self.job.error or error
