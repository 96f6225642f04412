#!/usr/bin/env xsh
"""Steps that share a context; when the third fails, what the first one did is undone."""
flow = Workflow("package")

@flow.step("Clean", undo=lambda context: shutil.rmtree(context["dist"]))
async def clean(context):
    context["dist"] = context["work"] / "dist"
    await $`mkdir ${context["dist"]}`

@flow.step("Build")
async def build(context):
    (context["dist"] / "app").write_text("program\n")

@flow.step("Test")
async def test(context):
    context["found"] = await $`grep ${context["wanted"]} ${context["dist"]}/app`.text()

flow.step("Package", lambda context: $`tar -cf dist.tar dist`.cwd(context["work"]).ok())

for wanted in ("program", "library"):
    with tempdir() as work:
        try:
            report = await flow.run({"work": work, "wanted": wanted})
            print("found", report.context["found"])
        except CommandFailed as error:
            print(f"exit {error.exit_code}, left behind: {[path.name for path in work.iterdir()]}")

# Output:
#   found program
#   exit 1, left behind: []
