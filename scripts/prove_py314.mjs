// Runs the front end on CPython 3.14 in Node: `node scripts/prove_py314.mjs FOLDER`, where FOLDER is one in which
// `npm install pyodide@314` was run. Prints the mistakes of tests/script that read otherwise and the scanner's proof.
import { readdirSync, readFileSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const require = createRequire(join(resolve(process.argv[2] ?? "."), "package.json"));
const { loadPyodide } = await import(pathToFileURL(join(dirname(require.resolve("pyodide/package.json")), "pyodide.mjs")));
const python = await loadPyodide();

function copy(folder) {
  python.FS.mkdirTree("/src/" + folder);
  for (const name of readdirSync(join(root, folder))) {
    const path = folder + "/" + name;
    if (name === "__pycache__") continue;
    if (statSync(join(root, path)).isDirectory()) copy(path);
    else python.FS.writeFile("/src/" + path, readFileSync(join(root, path)));
  }
}
for (const folder of ["xsh", "tests/script", "scripts"]) copy(folder);

const status = python.runPython(`
import os, sys, traceback, zipfile
sys.path[:0] = ["/src", "/src/scripts"]
from xsh.script.compile import compile_source

def shown(source):
    try:
        compile_source(source, "a.xsh")
    except SyntaxError as error:
        return "".join(traceback.format_exception_only(error)).replace('  File "a.xsh", ', "").rstrip()
    return "no error"

with open("/src/tests/script/mistakes.txt", encoding="utf-8") as file:
    mistakes = [text.rstrip("\\n").partition("\\n--- ")[::2] for text in file.read().rstrip().split("\\n\\n")]
others = [(source, shown(source)) for source, expected in mistakes if shown(source) != expected]
print(f"Python {sys.version.split()[0]}: {len(mistakes) - len(others)} of {len(mistakes)} mistakes read as elsewhere")
for source, text in others:
    print(source, text, sep="\\n--- ")

names = {"__xsh_sh__": lambda template: template, "n": 3, "w": 5}
exec(compile_source("x = $\`é \${n} b \${n!r:>{w}} \${ n + 1:03d}\`; y = t'{$\`a\`} {n}'", "a.xsh"), names)
holes = [(hole.value, hole.expression, hole.conversion, hole.format_spec) for hole in names["x"].interpolations]
assert names["x"].strings == ("é ", " b ", " ", ""), names["x"]
assert holes == [(3, "n", None, ""), (3, "n", "r", ">5"), (4, "n + 1", None, "03d")], holes
assert [hole.expression for hole in names["y"].interpolations] == ["$\`a\`", "n"], names["y"]

import prove_scanner
library = next(path for path in sys.path if path.endswith(".zip"))
zipfile.ZipFile(library).extractall("/library")
sys.argv = ["prove_scanner.py", "--library", "/library", "--inject", "3000"]
prove_scanner.main()
`);
process.exit(status);
