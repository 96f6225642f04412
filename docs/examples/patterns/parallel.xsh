#!/usr/bin/env xsh
"""At the same time: three commands of a second each take one second."""
start = time.monotonic()
await gather(
    $`sleep 1 && echo "Task 1"`.label("one"),
    $`sleep 1 && echo "Task 2"`.label("two"),
    $`sleep 1 && echo "Task 3"`.label("three"),
)
print(f"{time.monotonic() - start:.1f} s")

# Output, in any order:
#   one   | Task 1
#   two   | Task 2
#   three | Task 3
#   1.0 s
