#!/usr/bin/env xsh
"""Releases the checkout it is run in: lint, build, test, change log, deploy to three servers, roll back if one is ill."""

KINDS = {"feat": "New", "fix": "Fixed", "docs": "Documentation", "tests": "Tests"}


def changes(subjects):
    """The lines of a change log, one for each commit, `folder: what` split at the colon."""
    for subject in subjects:
        where, colon, what = subject.partition(": ")
        yield f"- **{KINDS.get(where, where)}**: {what}" if colon else f"- {subject}"


async def deploy(server, wheel, version, broken):
    """Installs the wheel beside what runs, checks it there, and only then switches the server over."""
    new = server / "releases" / version
    with $(label=server.name, cwd=server):
        $ python -m venv --without-pip ${new}
        $ python -m pip --python ${new}/bin/python install -qq --disable-pip-version-check ${wheel}
        if broken:
            $ find ${new} -name cli.py -path "*/xsh/*" -delete
        health = await $`${new}/bin/xsh --version`.timeout("20s").retry(2, delay="200ms")
        assert health.text.endswith(version), f"{server.name} runs {health}"
        $ ln -sfn ${new} current
        $ echo ${"healthy: " + health.text}


async def roll_back(server):
    """Puts the former release of a server back, if it has left it."""
    with $(label=server.name, cwd=server):
        $ ln -sfn ${server}/releases/old current
        $ echo ${"back at " + await $`current/bin/xsh --version`.text()}


def new_server(path):
    """A directory that stands for a server, with a former release running on it."""
    old = path / "releases/old/bin"
    old.mkdir(parents=True)
    (old / "xsh").write_text("#!/bin/sh\necho xsh 0.0.9\n")
    (old / "xsh").chmod(0o755)
    (path / "current").symlink_to(path / "releases/old")
    return path


@main
async def release(break_: bool = False, limit: int = 2):
    """Release this checkout; --break ships one that fails its health check."""
    with tempdir() as work:
        $ git clone --quiet . ${work}/repo
        with $(cwd=work / "repo"):
            $ ruff check --quiet xsh
            $ python -m pip wheel --quiet --no-deps --no-build-isolation -w ${work} .
            await gather(
                $`python -m pytest -q tests/words/test_split.py tests/words/test_duration.py`.label("words"),
                $`python -m pytest -q tests/script/test_scan.py tests/script/test_mask.py`.label("script"),
            )
            log = await ($`git log --format=%s -n 20` | changes).text()
        wheel = next(iter(glob(f"{work}/*.whl")))
        version = wheel.name.split("-")[1]
        print(f"\nxsh {version}, {wheel.stat().st_size // 1024} KiB\n{log}\n")
        servers = [new_server(work / name) for name in ("web1", "web2", "web3")]
        try:
            await gather(*(deploy(s, wheel, version, break_ and s.name == "web3") for s in servers), limit=limit)
        except CommandError as error:
            print(f"\n{error}\nrolling back", flush=True)
            await gather(*(roll_back(s) for s in servers))
            raise SystemExit(1)
        print("\n" + "\n".join(f"{s.name}: {(s / 'current').resolve().name}" for s in servers))
