"""The place for tests: programs answer as scripted, everything is recorded, the engine works as with real ones."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from xsh import CommandFailed, CommandTimedOut, ConnectionLost, gather, sh
from xsh.testing import Call, FakeTarget, Reply, UnscriptedCommand


@pytest.fixture
def fake() -> FakeTarget:
    return FakeTarget()


async def test_a_scripted_failure_is_as_a_real_one(fake: FakeTarget) -> None:
    fake.on("git push", exit=128, stderr="fatal: no remote\n")
    with sh(target=fake), pytest.raises(CommandFailed, match="git push origin main: exit 128") as caught:
        await sh("git push origin main")
    assert (caught.value.tail, caught.value.result.stderr) == ("fatal: no remote", "fatal: no remote\n")
    assert caught.value.result.host == "fake"


async def test_everything_is_recorded(fake: FakeTarget) -> None:
    fake.on("tee")
    result = await sh(target=fake)("tee ${name}", name="a b").cwd("/srv").env(A="1", B=None).input("text\n")
    (call,) = fake.calls
    assert (call.argv, call.cwd, call.env, call.input) == (("tee", "a b"), "/srv", {"A": "1", "B": None}, b"text\n")
    assert (call.text, call.exit, call.signals, result.ok) == ("tee 'a b'", 0, [], True)


async def test_what_is_not_scripted_is_named(fake: FakeTarget) -> None:
    fake.on("git status")
    with pytest.raises(
        UnscriptedCommand, match=r"git push: the test has not scripted this command; use fake.on\(.git push"
    ):
        await sh(target=fake)("git push")
    with pytest.raises(UnscriptedCommand):
        await gather(sh(target=fake)("git status"), sh(target=fake)("other"))


@pytest.mark.parametrize(
    ("pattern", "command", "matches"),
    [
        ("git push", "git push", True),
        ("git push", "git push --force", True),
        ("git push", "git pull", False),
        ("git", "github", False),
        ("kubectl get po?", "kubectl get pod web", True),
        ("* --version", "python --version", True),
        ("make && make install", "make && make install", True),
        ("make &&*", "make && make check", True),
        ("make", "make -j4 && make check", True),
        ("'a b'", "'a b' c", True),
    ],
)
async def test_patterns(fake: FakeTarget, pattern: str, command: str, *, matches: bool) -> None:
    fake.on(pattern, "yes")
    if matches:
        assert await sh(target=fake)(command).text() == "yes"
        assert len(fake.called(pattern)) == 1
    else:
        with pytest.raises(UnscriptedCommand):
            await sh(target=fake)(command)


async def test_the_rule_that_was_made_last_counts_and_may_answer_some_times_only(fake: FakeTarget) -> None:
    fake.on("flaky", "good")
    fake.on("flaky", exit=1, times=2)
    flaky = sh(target=fake)("flaky")
    assert [await flaky.code() for _ in range(3)] == [1, 1, 0]
    assert await flaky.retry(3).text() == "good"


async def test_functions_answer(fake: FakeTarget) -> None:
    async def slowly(call: Call) -> int:
        await asyncio.sleep(0)
        return len(call.input)

    fake.on("wc", lambda call: f"{len(call.input)}\n")
    fake.on("count", slowly)
    fake.on(lambda call: call.argv[-1] == "last", lambda _: Reply("r", stderr="e", exit=3))
    shell = sh(target=fake)
    assert await shell("wc -c").input("abc").text() == "3"
    assert await shell("count").input("abcd").code() == 4
    result = await shell("any last").nothrow()
    assert (result.stdout, result.stderr, result.exit_code) == ("r", "e", 3)


async def test_what_a_function_raises_is_raised_by_the_command(fake: FakeTarget) -> None:
    def lost(call: Call) -> None:
        raise ConnectionLost("web1: gone", host="web1", retryable=True)

    fake.on("lost", lost)
    fake.on("broken", lambda _: {}["key"])
    fake.on("odd", [1])
    shell = sh(target=fake)
    with pytest.raises(ConnectionLost, match="web1"):
        await shell("lost").nothrow()
    with pytest.raises(KeyError):
        await shell("broken")
    with pytest.raises(TypeError, match="writes text or bytes, not int"):
        await shell("odd")
    with pytest.raises(TypeError, match="a pattern is a text or a function"):
        fake.on(["git", "push"])  # type: ignore[arg-type]


async def test_output_streams_and_a_reader_that_stops_ends_it(fake: FakeTarget) -> None:
    async def forever():
        while True:
            yield "y\n"

    fake.on("seq", ["1\n", b"2\n", "3"], pause="1ms")
    fake.on("yes", iter(lambda: "y\n" * 1000, None))
    fake.on("ever", lambda _: Reply(forever()))
    shell = sh(target=fake)
    assert [line async for line in shell("seq 3")] == ["1", "2", "3"]
    for name in ("yes", "ever"):
        assert await (shell(name) | sh("head -n 2")).text() == "y\ny"
        assert fake.called(name)[0].exit == 141


async def test_output_that_is_used_up_is_told(fake: FakeTarget) -> None:
    fake.on("log", (f"{n}\n" for n in range(2)))
    assert await sh(target=fake)("log").lines() == ["0", "1"]
    with pytest.raises(TypeError, match="gives its pieces once: give a list or a function"):
        await sh(target=fake)("log")


async def test_a_pseudo_terminal_is_refused(fake: FakeTarget) -> None:
    fake.on("vi")
    with pytest.raises(TypeError, match=r"cannot have a pseudo-terminal \(\.pty"):
        await sh(target=fake)("vi").pty()


async def test_bytes_of_any_size_go_both_ways(fake: FakeTarget, tmp_path: Path) -> None:
    fake.on("cat", lambda call: call.input)
    data = bytes(range(256)) * 40_000
    assert await sh(target=fake)("cat").input(data).bytes() == data
    await sh(target=fake)("cat").input(data).stdout(tmp_path / "out")
    assert (tmp_path / "out").read_bytes() == data
    assert await (sh("seq 3") | sh(target=fake)("cat") | sh("tail -n 1")).text() == "3"


async def test_signals_end_it_unless_they_are_ignored(fake: FakeTarget) -> None:
    fake.on("sleep", delay="1h")
    fake.on("stubborn", Reply(delay="1h", ignores=["TERM"]))
    shell = sh(target=fake)
    with pytest.raises(CommandTimedOut):
        await shell("sleep 9").timeout("10ms")
    result = await shell("stubborn").timeout("10ms").grace("10ms").nothrow()
    assert (result.signal, result.timed_out) == ("SIGKILL", True)
    assert [call.signals for call in fake.calls] == [["SIGTERM"], ["SIGTERM", "SIGCONT", "SIGKILL"]]
    fake.on("crash", signal="SEGV")
    assert (await shell("crash").nothrow()).signal == "SIGSEGV"


async def test_a_cancelled_command_is_stopped(fake: FakeTarget) -> None:
    fake.on("sleep", delay="1h")
    task = asyncio.create_task(sh(target=fake)("sleep")._engine().run(sh(target=fake)("sleep")))
    while not fake.calls:  # noqa: ASYNC110 - the fact is a list
        await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert fake.calls[0].exit == 143


async def test_a_hundred_at_once(fake: FakeTarget) -> None:
    fake.on("echo", lambda call: call.argv[1])
    results = await gather(*(sh(target=fake)("echo ${n}", n=n) for n in range(100)))
    assert [result.text for result in results] == [str(n) for n in range(100)]


def test_a_script_may_use_it(script) -> None:
    done = script(
        """
from xsh.testing import FakeTarget
fake = FakeTarget("web1")
fake.on("uptime", "up 3 days\\n")
with $(target=fake):
    $ uptime
    print((await $`uptime`).host)
"""
    )
    assert (done.stdout, done.returncode) == ("up 3 days\nweb1\n", 0)


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"exit": 256}, ValueError),
        ({"signal": "NOPE"}, ValueError),
        ({"times": 0}, ValueError),
        ({"reply": lambda _: 0, "exit": 1}, TypeError),
        ({"delay": "soon"}, ValueError),
    ],
)
def test_wrong_scripts_are_told_at_once(fake: FakeTarget, wrong: dict, error: type[Exception]) -> None:
    with pytest.raises(error):
        fake.on("x", **wrong)
