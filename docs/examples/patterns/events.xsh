#!/usr/bin/env xsh
"""A runner that tells what it does; a step that is optional may fail, and the last event always comes."""
flow = Workflow("ship")
flow.step("Lint", $`grep -q tabs /dev/null`, optional=True)
flow.step("Build", $`true`).step("Test", $`true`)

flow.on(WorkflowStarted, lambda event: print(f"Starting {len(event.report)} tasks"))
flow.on(StepStarted, lambda event: print(f"  {event.name} …"))
flow.on(StepSucceeded, lambda event: print(f"  {event.name} done"))
flow.on(StepFailed, lambda event: print(f"  {event.name} failed: exit {event.error.result.exit_code}"))
flow.on(WorkflowEnded, lambda event: print("Ended well" if event.ok else "Ended badly"))
report = await flow.run()

# Output:
#   Starting 3 tasks
#     Lint …
#     Lint failed: exit 1
#     Build …
#     Build done
#     Test …
#     Test done
#   Ended well
