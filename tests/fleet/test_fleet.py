"""One command on many hosts, over fakes and over places on this machine."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from xsh import CommandFailed, ConnectFailed, ConnectionLost, FleetFailed, TargetError, gather, sh
from xsh.session.places import Fleet
from xsh.testing import Call, FakeTarget, UnscriptedCommand


def host(name: str, reply: Any = None, **how: Any) -> FakeTarget:
    fake = FakeTarget(name)
    fake.on("uptime", reply, **how)
    return fake


def raising(error: type[TargetError]) -> Callable[[Call], None]:
    def reply(call: Call) -> None:
        raise error(f"{call.host}: not now", host=call.host, retryable=True)

    return reply


def fleet_of(*names: str, **settings: Any) -> Fleet:
    return sh.fleet([host(name, "up\n") for name in names], **settings)


async def test_a_result_for_each_host_in_input_order() -> None:
    fakes = [host(f"web{n}", f"{n % 2}\n", delay=(5 - n) / 200) for n in range(5)]
    report = await sh.fleet(fakes)("uptime")
    assert [(each.host, each.status, each.result.text) for each in report.results] == [
        (f"web{n}", "succeeded", str(n % 2)) for n in range(5)
    ]
    assert [(group.folded, group.hosts, group.output) for group in report.groups] == [
        ("web[0,2,4]", ["web0", "web2", "web4"], "0\n"),
        ("web[1,3]", ["web1", "web3"], "1\n"),
    ]
    assert (report.ok, bool(report), len(report), report["web3"].ok, report[0].host) == (True, True, 5, True, "web0")
    assert str(report) == "web[0,2,4] (3)\n0\nweb[1,3] (2)\n1\nuptime: 5 succeeded"
    report.raise_failures()
    with pytest.raises(KeyError):
        report["web9"]


async def test_each_way_to_fail_has_its_place() -> None:
    fakes = [
        host("good", "up\n"),
        host("bad", exit=3, stderr="no\n"),
        host("slow", delay="1h"),
        host("down", raising(ConnectFailed)),
        host("gone", raising(ConnectionLost)),
    ]
    report = await sh.fleet(fakes)("uptime").timeout("100ms")
    names = {
        kind: [each.host for each in getattr(report, kind)]
        for kind in ("succeeded", "failed", "timed_out", "unreachable", "lost", "stopped", "skipped")
    }
    assert names == {
        "succeeded": ["good"],
        "failed": ["bad"],
        "timed_out": ["slow"],
        "unreachable": ["down"],
        "lost": ["gone"],
        "stopped": [],
        "skipped": [],
    }
    assert not report.ok
    assert report["bad"].result.exit_code == 3
    assert [line.split()[:3] for line in report.table().splitlines()[1:3]] == [
        ["good", "succeeded", "0"],
        ["bad", "failed", "3"],
    ]
    with pytest.raises(FleetFailed) as caught:
        report.raise_failures()
    group = caught.value
    assert group.report is report
    assert str(group).startswith(
        "uptime: 1 succeeded, 1 failed (bad), 1 timed out (slow), 1 unreachable (down), 1 lost (gone)"
    )
    matched, rest = group.split(ConnectFailed)
    assert (len(matched.exceptions), len(rest.exceptions), matched.report) == (1, 3, report)


async def test_a_statement_shows_lines_behind_names_and_raises(capfd: pytest.CaptureFixture[str]) -> None:
    fleet = sh.fleet([host("web1", "up\n"), host("db1", "one\ntwo", exit=1)])
    with pytest.raises(FleetFailed) as caught:
        await fleet("uptime").__statement__()
    assert isinstance(caught.value.exceptions[0], CommandFailed)
    assert sorted(capfd.readouterr().out.splitlines()) == ["db1  | one", "db1  | two", "web1 | up"]


async def test_lines_of_a_batch_of_one_stand_behind_its_name_too(capfd: pytest.CaptureFixture[str]) -> None:
    await sh.fleet([host("web1", "up\n"), host("database", "up\n")], serial=1)("uptime").__statement__()
    assert capfd.readouterr().out == "web1     | up\ndatabase | up\n"


async def test_settings_reach_every_host() -> None:
    fakes = [host("a"), host("b")]
    fleet = sh.fleet(fakes)
    with fleet, sh(env={"A": "1"}):
        report = await sh("uptime ${x}", x="a b").cwd("/srv").input("data")
        assert report.ok
    for fake in fakes:
        (call,) = fake.calls
        assert (call.argv, call.cwd, call.env, call.input) == (("uptime", "a b"), "/srv", {"A": "1"}, b"data")
    assert await fleet("uptime").ok()
    assert (await fleet.argv("uptime", "-p")).ok


async def test_pipelines_and_shell_text_run_whole_on_each_host() -> None:
    fleet = sh.fleet([sh.via("env", f"N={n}", name=f"n{n}") for n in range(3)])
    assert (await fleet("printf '%s\\n' b a | sort | head -n 1")).groups[0].output == "a\n"
    report = await fleet("echo $N && cd /usr && pwd")
    assert [each.result.lines for each in report] == [[str(n), "/usr"] for n in range(3)]
    with pytest.raises(TypeError, match="cannot be one stage"):
        await (sh("echo x") | fleet("cat"))


async def test_at_most_so_many_at_a_time() -> None:
    running = most = 0

    async def reply(_: Call) -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0.002)
        running -= 1

    report = await sh.fleet([host(f"n{n}", reply) for n in range(30)], limit=4)("uptime")
    assert (len(report.succeeded), most) == (30, 4)


@pytest.mark.parametrize(("most", "ran"), [(0, 1), (2, 3), ("10%", 3), ("0%", 1)])
async def test_too_many_failures_stop_the_run(most: int | str, ran: int) -> None:
    fakes = [host(f"n{n:02}", exit=1) for n in range(20)]
    report = await sh.fleet(fakes, limit=1, max_failures=most)("uptime")
    assert (len(report.failed), len(report.skipped), len(report)) == (ran, 20 - ran, 20)
    assert sum(len(fake.calls) for fake in fakes) == ran


async def test_what_runs_is_stopped_then() -> None:
    slow = host("slow", delay="1h")
    report = await sh.fleet([slow, host("bad", exit=1, delay="10ms"), host("late")], limit=2, max_failures=0)("uptime")
    assert [each.status for each in report] == ["stopped", "failed", "skipped"]
    assert slow.calls[0].signals[0] == "SIGTERM"


async def test_batches_run_one_after_another_and_a_failure_ends_them() -> None:
    order: list[str] = []
    fakes = [host(f"n{n}", lambda call: order.append(call.host)) for n in range(7)]
    assert (await sh.fleet(fakes, serial=[1, 2])("uptime")).ok
    assert [sorted(order[a:b]) for a, b in ((0, 1), (1, 3), (3, 5), (5, 7))] == [
        ["n0"],
        ["n1", "n2"],
        ["n3", "n4"],
        ["n5", "n6"],
    ]
    fakes[1].on("uptime", exit=1)
    report = await sh.fleet(fakes, serial="30%")("uptime")
    assert [each.status for each in report] == ["succeeded", "failed", *["skipped"] * 5]
    assert len((await sh.fleet(fakes, serial=2, max_failures=1)("uptime")).succeeded) == 6


@pytest.mark.parametrize(("order", "names"), [("input", "bac"), ("sorted", "abc"), ("reversed", "cab")])
async def test_the_order_of_turns(order: str, names: str) -> None:
    turns: list[str] = []
    fakes = [host(name, lambda call: turns.append(call.host)) for name in "bac"]
    report = await sh.fleet(fakes, limit=1, order=order)("uptime")
    assert ("".join(turns), [each.host for each in report]) == (names, ["b", "a", "c"])


async def test_two_hundred_hosts_of_which_thirty_are_down() -> None:
    down = raising(ConnectFailed)
    fakes = [host(f"n{n:03}", down if n % 7 == 0 else "up\n") for n in range(203)]
    report = await sh.fleet(fakes, limit=50)("uptime")
    assert (len(report.succeeded), len(report.unreachable)) == (174, 29)
    assert report.groups[0].folded.startswith("n[001-006,008-013,")
    assert not report.ok


async def test_a_cancelled_run_leaves_nothing() -> None:
    fakes = [host(f"n{n}", delay="1h") for n in range(5)]
    running = asyncio.ensure_future(gather(sh.fleet(fakes)("uptime"))._run())
    while not all(fake.calls for fake in fakes):  # noqa: ASYNC110 - the fact is a list
        await asyncio.sleep(0)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert [fake.calls[0].exit for fake in fakes] == [143] * 5


async def test_a_mistake_of_ours_is_raised() -> None:
    with pytest.raises(UnscriptedCommand):
        await sh.fleet([host("a"), host("b")])("other")


async def test_what_needs_one_job_is_refused() -> None:
    fleet = fleet_of("a", "b")
    with pytest.raises(TypeError, match="is awaited"):
        fleet("uptime").start()
    with pytest.raises(TypeError, match="is awaited"):
        async for _ in fleet("uptime"):
            pass
    with pytest.raises(TypeError, match="only these have files"):
        await fleet.put("a", "b")


def test_hosts_come_from_many_places(tmp_path: Path) -> None:
    names = tmp_path / "hosts"
    names.write_text("db[1-2]\n")
    config = tmp_path / "config"
    config.write_text("Host web1 web2\n")
    fleet = sh.fleet(["a[1-2]", names, host("fake"), sh.via("env", name="here"), "a1", "web*"], config=str(config))
    assert fleet.hosts == ["a1", "a2", "db1", "db2", "fake", "here", "web1", "web2"]
    assert (len(fleet), fleet["here"].target.name, repr(fleet_of("n1", "n2"))) == (8, "here", "$.fleet('n[1-2]')")
    assert sh.fleet("n[1-3]").hosts == ["n1", "n2", "n3"]


@pytest.mark.parametrize(
    ("hosts", "settings", "error"),
    [
        ([], {}, "at least one host"),
        ("", {}, "names no host"),
        ([FakeTarget("a"), FakeTarget("a")], {}, "the name a"),
        ([FakeTarget("a")], {"limit": 0}, "limit"),
        ([FakeTarget("a")], {"max_failures": "110%"}, "max_failures"),
        ([FakeTarget("a")], {"max_failures": -1}, "max_failures"),
        ([FakeTarget("a")], {"serial": 0}, "serial"),
        ([FakeTarget("a")], {"serial": []}, "serial"),
        ([FakeTarget("a")], {"order": "any"}, "order"),
    ],
)
def test_wrong_fleets_are_told_at_once(hosts: Any, settings: dict[str, Any], error: str) -> None:
    with pytest.raises(ValueError, match=error):
        sh.fleet(hosts, **settings)


def test_a_host_that_is_none() -> None:
    with pytest.raises(TypeError, match="a host is"):
        sh.fleet([3])


def test_ctrl_c_in_the_middle_leaves_nothing(script) -> None:
    running = script.start(
        """
fleet = $.fleet([$.via("env", name=f"n{n}") for n in range(8)], limit=4)
with fleet:
    $ sh -c 'echo started; sleep 60 & sleep 60'
"""
    )
    running.wait_for("n3 | started")
    running.send_signal(2)
    done = running.finish()
    assert done.returncode == -2
