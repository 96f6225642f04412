#!/usr/bin/env xsh
"""One after another: three commands of a second each take three seconds."""
start = time.monotonic()
$ sleep 1 && echo "Task 1"
$ sleep 1 && echo "Task 2"
$ sleep 1 && echo "Task 3"
print(f"{time.monotonic() - start:.1f} s")

# Output:
#   Task 1
#   Task 2
#   Task 3
#   3.0 s
