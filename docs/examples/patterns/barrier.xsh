#!/usr/bin/env xsh
"""Services that wait for each other: ready in any order; one that dies breaks the barrier for all."""

async def service(name, seconds, barrier, status=0):
    async with barrier:
        await $`sh -c 'sleep $0; exit $1' ${seconds} ${status}`
        print(f"{name} ready")
    print("all are, says", name)

barrier = Barrier(3)
await gather(service("database", 0.3, barrier), service("cache", 0.6, barrier), service("api", 0, barrier))
print("All services started and ready")

barrier = Barrier(2)
for end in await settle(service("database", 0, barrier), service("cache", 0.3, barrier, status=3)):
    print(f"{type(end.error).__name__}: {end.error}")

# Output:
#   api ready
#   database ready
#   cache ready
#   all are, says api
#   all are, says database
#   all are, says cache
#   All services started and ready
#   database ready
#   BrokenBarrier: a party of the barrier failed: sh -c 'sleep $0; exit $1' 0.3 3: exit 3 after 0.3 s
#   CommandFailed: sh -c 'sleep $0; exit $1' 0.3 3: exit 3 after 0.3 s
