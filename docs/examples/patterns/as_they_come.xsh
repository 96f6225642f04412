#!/usr/bin/env xsh
"""Results as they come: the fast one is printed before the slow one, which was started first."""
async for outcome in as_completed($`sleep 0.8; echo slow`, $`sleep 0.4; false`, $`echo fast`):
    print(f"ok: {outcome.value}" if outcome.ok else f"failed: exit {outcome.error.result.exit_code}")

# Output:
#   ok: fast
#   failed: exit 1
#   ok: slow
