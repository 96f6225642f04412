"""The connection to a cluster: the client, the module for its workers, and where commands say that they are."""

from __future__ import annotations

import asyncio
import importlib.util
import os
import sys

from xsh.errors import ConnectFailed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from typing import Any

MODULE = "xsh_dask_worker"
RELEASE_AFTER = 0.05
"""Seconds after which results that were taken are released."""


def worker_module() -> Any:
    """The module that workers run, under the name that it has there; pickle refers to it by that name."""
    found = sys.modules.get(MODULE)
    if found is None:
        path = os.path.join(os.path.dirname(__file__), f"{MODULE}.py")
        spec = importlib.util.spec_from_file_location(MODULE, path)
        assert spec is not None
        assert spec.loader is not None
        found = importlib.util.module_from_spec(spec)
        sys.modules[MODULE] = found
        spec.loader.exec_module(found)
    return found


class Link:
    """A connection to a cluster from one event loop; made at the first command and shared by all."""

    def __init__(self, name: str, address: Any, files: list[str], connect_timeout: float) -> None:
        self.name = name
        self.address = address
        self.files = files
        self.connect_timeout = connect_timeout
        self.loop = asyncio.get_running_loop()
        self.client: Any = None
        self.own = isinstance(address, str)
        self.module = worker_module()
        self.topic = f"xsh-{os.urandom(8).hex()}"
        self.waiting: dict[str, Callable[[str], None]] = {}
        self.tasks: set[asyncio.Task[Any]] = set()
        self.opening: asyncio.Task[None] | None = None
        self.spent: list[Any] = []

    async def ready(self) -> None:
        """Return once the cluster is connected and knows the module; raises ConnectFailed."""
        if self.opening is None:
            self.opening = self.loop.create_task(self._open())
        try:
            await asyncio.shield(self.opening)
        except ConnectFailed:
            self.opening = None
            raise

    async def _open(self) -> None:
        try:
            from distributed import Client
        except ImportError as error:
            raise ConnectFailed(
                f"{self.name}: Dask is not installed", host=self.name, hint="pip install 'xsh-shell[dask]'"
            ) from error
        try:
            make: Any = Client
            if self.own:
                client: Any = make(self.address, asynchronous=True, timeout=self.connect_timeout, set_as_default=False)
                self.client = await client
            else:
                self.client = self.address
            await self.there(self._prepare)
        except (OSError, TimeoutError) as error:
            why = str(error).split("\n", maxsplit=1)[0] or type(error).__name__
            raise ConnectFailed(f"{self.name}: cannot connect: {why}", host=self.name, retryable=True) from error

    async def _prepare(self) -> None:
        client = self.client
        await client.upload_file(self.module.__file__)
        for file in self.files:
            await client.upload_file(file, load=False)
        await client.run_on_scheduler(self.module.install)
        client.subscribe_topic(self.topic, self._hello)

    async def there(self, work: Callable[..., Awaitable[Any]], *args: Any) -> Any:
        """Await `work(*args)` in the loop of the client, which may be one of its own thread."""
        loop = self.client.loop.asyncio_loop
        if loop is self.loop:
            return await work(*args)

        async def begin() -> Any:
            return await work(*args)

        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(begin(), loop))

    def _hello(self, event: Any) -> None:
        message = event[1]
        self.loop.call_soon_threadsafe(self._heard, message["key"], message["address"])

    def _heard(self, key: str, address: str) -> None:
        tell = self.waiting.get(key)
        if tell is not None:
            tell(address)

    async def on_worker(self, address: str, function: Any, *args: Any) -> Any:
        """What a function of the module gives on one worker; raises OSError when the worker is gone."""

        async def call() -> Any:
            return await self.client.run(function, *args, workers=[address])

        return (await self.there(call))[address]

    def begin(self, work: Any) -> asyncio.Task[Any]:
        """Begin a task that belongs to the connection."""
        task = self.loop.create_task(work)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)
        return task

    def release(self, future: Any) -> None:
        """Let the cluster forget a result that was taken, many at a time and soon.

        Dask sends what it has for the scheduler every 10 ms; a release at once would hold up the next command.
        """
        self.spent.append(future)
        if len(self.spent) == 1:
            self.loop.call_later(RELEASE_AFTER, self._release)

    def _release(self) -> None:
        spent, self.spent = self.spent, []
        if self.client is not None:
            self.client.loop.add_callback(release_all, spent)

    async def close(self) -> None:
        """End what still runs and disconnect."""
        if self.opening is not None:
            await asyncio.wait([self.opening])
        while self.tasks:
            await asyncio.wait(self.tasks)
        self._release()
        client, self.client, self.opening = self.client, None, None
        if client is not None and self.own:
            import logging

            # a cluster that has ended before is no news now
            log = logging.getLogger("distributed.client")
            level = log.level
            log.setLevel(logging.CRITICAL)
            try:
                await client.close()
            finally:
                log.setLevel(level)
        elif client is not None:
            client.unsubscribe_topic(self.topic)


def release_all(futures: list[Any]) -> None:
    """Release every future."""
    for future in futures:
        future.release()
