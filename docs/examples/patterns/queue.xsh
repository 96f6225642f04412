#!/usr/bin/env xsh
"""What is urgent goes first, whenever it was submitted; within one priority, first come first served."""
async with JobQueue(1) as queue:
    running = queue.submit($`sleep 0.3; echo running`.label("0").show())
    await sleep("100ms")
    queue.submit($`echo cleanup`.label("1").show(), priority=1)
    queue.submit($`echo build`.label("2").show(), priority=5)
    queue.submit($`echo critical fix`.label("3").show(), priority=10)
print("the first ended with", (await running).exit_code)

# Output:
#   0 | running
#   3 | critical fix
#   2 | build
#   1 | cleanup
#   the first ended with 0
