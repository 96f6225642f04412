#!/usr/bin/env xsh
"""Deploys a small web app to six servers: prepare, build, test, canary, the rest in thirds, roll back what is ill.

Everything is real and made here: a git repository, six HTTP servers on loopback ports, each run from its own directory.
"""

import socket

APP = """
import http.server, pathlib, sys
version = pathlib.Path("VERSION").read_text()
class Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(500 if "broken" in version and self.path == "/health" else 200)
        self.end_headers()
        self.wfile.write(version.encode())
    def log_message(self, *args): pass
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Page).serve_forever()
"""
times = {}


class timed:
    """A phase, its name told and its time kept."""

    def __init__(self, name):
        self.name = name

    def __enter__(self):
        print(f"== {self.name}", flush=True)
        self.began = time.monotonic()

    def __exit__(self, *error):
        times[self.name] = time.monotonic() - self.began


class Server:
    """One server: releases side by side, `current` a link to the one that runs, and its process."""

    def __init__(self, home):
        self.name, self.home, self.job = home.name, home, None
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]

    async def switch(self, build, version):
        """Put a release beside the others, link to it and run it; raises when it does not become healthy."""
        with $(label=self.name, cwd=self.home):
            $ mkdir -p releases/${version}
            $ cp -r ${build}/. releases/${version}
            $ ln -sfn releases/${version} current
        if self.job:
            await self.job.kill()
        self.job = $`python3 app.py ${self.port}`.cwd(self.home / "current").start()
        await wait_for(url=f"http://127.0.0.1:{self.port}/health", job=self.job, timeout="5s")

    async def version(self):
        """What it answers."""
        return await $`python3 -c ${f"import urllib.request as r; print(r.urlopen('http://127.0.0.1:{self.port}/').read().decode())"}`.text()


async def make_repository(repo):
    """A git repository with the app, its tests and two versions."""
    repo.mkdir()
    (repo / "app.py").write_text(APP)
    (repo / "VERSION").write_text("1")
    with $(cwd=repo):
        $ git init --quiet -b main
        $ git add .
        $ git -c user.name=demo -c user.email=demo@example.com commit --quiet -m "the app"


async def roll_out(servers, build, version):
    """Switch servers at the same time; raises unless 90 % of them are healthy afterwards."""
    outcomes = await settle(*(s.switch(build, version) for s in servers))
    healthy = len(outcomes.succeeded)
    print(f"   {', '.join(s.name for s in servers)}: {healthy} of {len(servers)} healthy", flush=True)
    if healthy < 0.9 * len(servers):
        outcomes.raise_failures()


@main
async def deploy(break_: bool = False, servers: int = 6):
    """Deploy version 2 to SERVERS servers that run version 1; --break ships one that fails its health check."""
    with tempdir() as work:
        old, new = work / "build-1", work / "build-2"
        fleet = [Server(work / f"web{n}") for n in range(1, servers + 1)]
        changed = []
        try:
            with timed("prepare"):
                for s in fleet:
                    s.home.mkdir()
                await gather(make_repository(work / "app"), $`mkdir ${old} ${new}`)
            with timed("build"):
                $ git -C ${work}/app archive main -o ${work}/app.tar
                await gather(*($`tar -xf ${work}/app.tar -C ${build}` for build in (old, new)))
                (new / "VERSION").write_text("2 broken" if break_ else "2")
            with timed("test"):
                await gather(*($`python3 -m py_compile app.py`.cwd(b).label(b.name) for b in (old, new)), limit=2)
            with timed("version 1"):
                await roll_out(fleet, old, "1")
            with timed("canary"):
                changed += fleet[:1]
                await roll_out(fleet[:1], new, "2")
            with timed("rolling"):
                for third in batched(fleet[1:], max(1, servers // 3)):
                    changed += third
                    await roll_out(third, new, "2")
        except BaseException as error:
            with timed("roll back"):
                print(f"   because of {type(error).__name__}", flush=True)
                await gather(*(s.switch(old, "1") for s in changed))
            if not isinstance(error, ExceptionGroup):
                raise
        print("== serving", *[f"{s.name}: {await s.version()}" for s in fleet if s.job], sep="\n   ")
        print("== times", *[f"{name:<10} {seconds:5.1f} s" for name, seconds in times.items()], sep="\n   ", flush=True)
        await gather(*(s.job.kill() for s in fleet if s.job))
        return 1 if "roll back" in times else 0
