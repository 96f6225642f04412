#!/usr/bin/env xsh
"""Updates while steps run: every event carries the report as it stands."""
flow = Workflow("deploy")
flow.step("Build", $`sleep 0.1`).step("Test", $`test -d /nowhere`).step("Deploy", $`true`)
try:
    async for event in flow.events():
        print(f"[{event.report.count('succeeded')}/{len(event.report)}] {event}")
except CommandFailed as error:
    print(f"stopped: exit {error.exit_code}")

# Output:
#   [0/3] WorkflowStarted('deploy')
#   [0/3] StepStarted('Build')
#   [1/3] StepSucceeded('Build')
#   [1/3] StepStarted('Test')
#   [1/3] StepFailed('Test')
#   [1/3] StepSkipped('Deploy')
#   [1/3] WorkflowEnded('deploy')
#   stopped: exit 1
