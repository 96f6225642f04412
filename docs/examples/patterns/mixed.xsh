#!/usr/bin/env xsh
"""Phases: preparation at the same time, the build step by step, tests at the same time, their results in order."""
start = time.monotonic()
with tempdir() as work, $(cwd=work):
    await gather($`sleep 0.5; echo lib > a.txt`, $`sleep 0.5; echo app > b.txt`, $`sleep 0.5; echo doc > c.txt`)
    $ cat a.txt b.txt > program
    $ wc -l program
    unit, style, size = await gather($`grep -c lib program`, $`sleep 0.5; echo clean`, $`wc -c < program`)
    print(f"unit {unit}, style {style}, size {size}")
print(f"{time.monotonic() - start:.1f} s")

# Output:
#   2 program
#   unit 1, style clean, size 8
#   1.1 s
