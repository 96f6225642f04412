#!/usr/bin/env xsh
"""Never more than ten at a time, also when a newcomer comes at the moment a place becomes free."""
connections, running, peak = Semaphore(10), 0, 0

async def uptime(server):
    global running, peak
    async with connections:
        running += 1
        peak = max(peak, running)
        result = await $`echo ${server} is up`
        running -= 1
    async with connections:
        return result.text

answers = await gather(*[uptime(f"web{n}") for n in range(50)])
print(f"{len(answers)} answers, at most {peak} at once; the last: {answers[-1]}")

# Output:
#   50 answers, at most 10 at once; the last: web49 is up
