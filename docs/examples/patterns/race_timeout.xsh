#!/usr/bin/env xsh
"""A command against the clock: what it said so far is in the error, and it has ended when `except` runs."""
try:
    answer = await $`echo "half an answer"; sleep 60`.timeout("1s")
except CommandTimedOut as error:
    print(f"{error.result.text} after {error.result.duration:.1f} s")
    print("still running:", await $`kill -0 ${error.result.pid}`.ok())

# Output:
#   half an answer after 1.0 s
#   still running: False
