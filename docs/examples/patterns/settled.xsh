#!/usr/bin/env xsh
"""Every suite runs to its end, whatever becomes of the others; each failure is named by its command."""
suites = await settle($`test -d /`, $`test -d /nowhere`, $`expr 2 + 2`, $`grep fast /dev/null`)
print(f"Tests: {len(suites.succeeded)}/{len(suites)} passed")
for suite in suites.failed:
    print(f"  {suite.label}: exit {suite.error.result.exit_code}")

# Output:
#   Tests: 2/4 passed
#     test -d /nowhere: exit 1
#     grep fast /dev/null: exit 1
