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
ROUNDS = 2
"""How many answers of the cluster with results are waited for at a time; what ends meanwhile comes with the next."""
ROUND_WITHIN = 5.0
"""Seconds after which a result is asked for alone: it may be large, or another of its round was lost with a worker."""


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
        self.module: Any = None
        self.topic = f"xsh-{os.urandom(8).hex()}"
        self.waiting: dict[str, Callable[[str], None]] = {}
        self.tasks: set[asyncio.Task[Any]] = set()
        self.opening: asyncio.Task[None] | None = None
        self.spent: list[Any] = []
        self.finished: list[Any] = []
        self.round: asyncio.Future[dict[str, Any]] | None = None
        self.rounds: asyncio.Semaphore | None = None

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
        self.module = worker_module()
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
        await client.register_plugin(self.module.Again())
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

    async def result_of(self, future: Any) -> Any:
        """The result of a task once it has ended, in the client's loop; raises as the future does.

        A future fetches its result by a question of its own to the scheduler, which asks the worker: two round trips more
        for each command. Here results that are there at the same time are asked for together.
        """
        await future._state.wait()  # noqa: SLF001 - what awaiting it does before it asks
        if future.status != "finished":
            return await future.result()
        self.finished.append(future)
        if self.round is None:
            self.round = asyncio.ensure_future(self._fetch())
        found = await asyncio.shield(self.round)
        return found[future.key] if future.key in found else await future.result()

    async def _fetch(self) -> dict[str, Any]:
        """The results of all that have ended until it is their turn, none when not all can be had now."""
        if self.rounds is None:
            self.rounds = asyncio.Semaphore(ROUNDS)
        async with self.rounds:
            # those that were told of in the same message
            await asyncio.sleep(0)
            futures, self.finished, self.round = self.finished, [], None
            try:
                async with asyncio.timeout(ROUND_WITHIN):
                    found: dict[str, Any] = await self.client.gather({future.key: future for future in futures})
            except Exception:  # noqa: BLE001 - each then asks alone and hears what became of its own
                return {}
            return found

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
