#!/usr/bin/env xsh
"""One limit for everybody who shares it, also over several calls at the same time."""
limiter, running, peak = Limiter(3), set(), 0

async def deploy(server):
    global peak
    async with limiter:
        running.add(server)
        peak = max(peak, len(running))
        await $`sleep 0.2`
        running.remove(server)

start = time.monotonic()
await gather(gather(deploy(f"web{n}") for n in range(6)), gather(deploy(f"db{n}") for n in range(6)))
print(f"12 servers, at most {peak} at once, {time.monotonic() - start:.1f} s")

# Output:
#   12 servers, at most 3 at once, 0.8 s
