#!/usr/bin/env xsh
"""The results of several commands come in the order of the commands, whichever ends first."""
results = await gather($`sleep 0.4; echo Result 1`, $`sleep 0.2; echo Result 2`, $`echo Result 3`)
for number, result in enumerate(results, 1):
    print(f"Task {number}: {result}")

# Output:
#   Task 1: Result 1
#   Task 2: Result 2
#   Task 3: Result 3
