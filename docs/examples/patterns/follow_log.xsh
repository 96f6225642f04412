#!/usr/bin/env xsh
"""JSON lines of a log that grows, made readable while `tail -f` follows it; `head` ends it, as Ctrl-C would."""

def readable(line):
    try:
        log = json.loads(line)
    except ValueError:
        return line
    return f"[{log['level']}] {log['message']}"

with tempdir() as work, open(work / "app.log", "w") as log:
    for message in ("up", "busy"):
        print(json.dumps({"level": "info", "message": message}), file=log, flush=True)
    async with task_group() as tasks:
        tasks.start_soon(lambda: $`sleep 0.3; echo "not JSON" >> app.log`.cwd(work).ok())
        $ tail -n +1 -f ${log.name} | ${readable} | head -n 3

# Output:
#   [info] up
#   [info] busy
#   not JSON
