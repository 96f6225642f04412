#!/usr/bin/env xsh
"""The first server that answers: each next one is asked when one fails, or keeps us waiting for 0.3 s."""

async def fetch(server):
    print(f"asking {server.name}")
    return await $`sh -c 'echo $$ > $0.pid; exec cat $0' ${server}`.text()

with tempdir() as net, $(cwd=net):
    await $`mkfifo slow`
    await $`echo the data > backup`
    print(await first_ok((fetch(net / name) for name in ("primary", "slow", "backup")), stagger="0.3s"))
    print("slow still running:", await $`kill -0 ${(net / "slow.pid").read_text().strip()}`.ok())
    try:
        await first_ok($`cat primary`.quiet(), $`sh -c 'echo no route >&2; exit 7'`.quiet())
    except* CommandFailed as down:
        print(sorted(f"exit {error.exit_code}: {error.result.stderr.split(': ')[-1].strip()}" for error in down.exceptions))

# Output:
#   asking primary
#   asking slow
#   asking backup
#   the data
#   slow still running: False
#   ['exit 1: No such file or directory', 'exit 7: no route']
