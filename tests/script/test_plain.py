"""A script as plain Python."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from xsh.errors import ScriptError
from xsh.script.check.check import to_python

pytestmark = pytest.mark.skipif(sys.version_info >= (3, 14), reason="t-strings are written as such")


def body(source: str) -> str:
    """What a source becomes, less the shebang and the imports."""
    lines = to_python(source, "a.xsh").split("\n")
    assert lines[0] == "#!/usr/bin/env python3"
    return "\n".join(line for line in lines[1:] if not line.startswith(("import ", "from "))).strip()


def in_main(source: str) -> str:
    """What a source becomes, less all around the one coroutine function."""
    head, _, tail = body(source).partition("async def main():\n")
    assert head.strip() == ""
    inner, _, end = tail.partition("\nif __name__")
    assert end == " == '__main__':\n    xsh.run(main())"
    return "\n".join(line.removeprefix("    ") for line in inner.split("\n")).strip()


STATEMENTS = [
    ("$ ls", "await sh('ls').show()"),
    ("$ ls ${x} é", "await sh('ls ${x} é', x=x).show()"),
    ("await $`ls`.cwd('/')", "await sh('ls').cwd('/').show()"),
    ("await $`ls`.quiet()", "await sh('ls').quiet()"),
    ("await $`ls`.text()", "await sh('ls').text()"),
    ("await ($`a` | f)", "await (sh('a') | f).show()"),
    ("await job", "await job"),
    ("await a.pipe(b) | c", "await a.pipe(b) | c"),
    ("r = await $`ls`", "r = await sh('ls')"),
    ("r = await $(cwd='/')`ls`", "r = await sh(cwd='/')('ls')"),
    (
        "r = await $`a ${x} ${x} ${x + 1} ${y!r:>4}`",
        "r = await sh('a ${x} ${x} ${value3} ${value4}', x=x, value3=x + 1, value4=f'{y!r:>4}')",
    ),
    ("r = await $`a ${f(x):{w}}`", "r = await sh('a ${value1}', value1=f'{f(x):{w}}')"),
    (
        "r = await $`\\${HOME} $HOME \\$ \\\\\\${x} \\\\${x}`",
        "r = await sh('\\\\${HOME} $HOME \\\\$ \\\\\\\\\\\\${x} \\\\\\\\${x}', x=x)",
    ),
    ("await tag`a ${x}`", "await tag(from_format('a ${x}', {'x': x}))"),
    ("async for x in $`ls`:\n    print(x)", "async for x in sh('ls'):\n    print(x)"),
    ("x = await f(f'{await $`a`.text()}-{y:>{w}}')", "x = await f('{}-{:>{}}'.format(await sh('a').text(), y, w))"),
    (
        "with $(cwd='/') as inner:\n    await inner`ls ${x}`",
        "with sh(cwd='/') as inner:\n    await inner('ls ${x}', x=x).show()",
    ),
]


@pytest.mark.parametrize(("source", "expected"), STATEMENTS)
def test_statement(source: str, expected: str) -> None:
    assert in_main(source).replace('"', "'") == expected


def test_shells_bound_to_names_take_text() -> None:
    assert "await prod('up ${x}', x=x).show()" in body("prod = $.ssh('h')\nawait prod`up ${x}`")
    assert "from_format" in body("prod = $.ssh('h')\nprod = other\nawait prod`up ${x}`")


def test_nothing_moves_where_nothing_awaits() -> None:
    source = '"""Doc."""\nfrom __future__ import annotations\nx = os.getcwd()\n\nasync def f():\n    $ ls'
    assert to_python(source, "a.xsh") == (
        '#!/usr/bin/env python3\n"""Doc."""\nfrom __future__ import annotations\nimport os\nfrom xsh import sh\n'
        "x = os.getcwd()\n\nasync def f():\n    await sh('ls').show()\n"
    )


def test_names_a_script_starts_with_are_imported() -> None:
    text = to_python("print(argv, env['A'], Path('.'), json, gather, which('ls'), sh)\ntime = 1\nprint(time)", "a.xsh")
    assert text.split("\n")[1:8] == [
        "import json",
        "import sys",
        "from pathlib import Path",
        "from xsh import gather, sh",
        "argv = sys.argv[1:]",
        "env = sh.env",
        "which = sh.which",
    ]


def test_names_that_functions_share_stay_global() -> None:
    source = "n = 0\ndef f():\n    global n, m\n    n += 1; m = 2\n$ ls\nn: int = 5\nm: int\nk = 1\nf()"
    assert body(source).partition("async def main():\n")[2].partition("\nif")[0].split("\n") == [
        "    global m, n",
        "    await sh('ls').show()",
        "    n = 5",
        "    pass",
        "    k = 1",
        "    f()",
    ]


def test_star_imports_stay_on_top() -> None:
    text = to_python("$ ls\nfrom math import *\nprint(pi)", "a.xsh")
    assert text.split("\n")[1] == "from math import *"
    text = to_python("$ ls\ntry:\n    from math import *\nexcept ImportError: pass\nprint(pi)", "a.xsh")
    compile(text, "a.py", "exec")
    with pytest.raises(ScriptError, match="allows it in no function"):
        to_python("try:\n    from math import *\n    $ ls\nfinally: pass", "a.xsh")


def test_the_coroutine_has_a_free_name() -> None:
    assert "async def script():" in body("async def main(): pass\nawait main()")


@pytest.mark.parametrize("source", ["x = $`a", "$`ls`", "def f(a, a): pass"])
def test_mistakes_are_errors(source: str) -> None:
    with pytest.raises(SyntaxError):
        to_python(source, "a.xsh")


PROGRAM = r"""
n = 3
words = ["a b", "it's"]
async def f(x):
    $ echo ${x} it's\' ${words} \${HOME:-none} \\${x}
    return await $`printf '%s-' ${x!r:>{n + 3}} ${[1, 2]}`.text()
$ echo start ${n}
async for line in $`printf 'a\nb\n'`:
    print("line", line, flush=True)
print(await f("y z"), f"{await $`echo 'é	'`.text()!r:>{n + 4}} {{}}", argv, flush=True)
await ($`echo x y` | $`tr x z`)
await $```
   echo one
     echo "${n}"   # c
   ```
def g():
    global n
    n += 1
g()
g()
$ echo ${n}
"""


def test_both_do_the_same(script, tmp_path: Path) -> None:
    probe = "import xsh, xsh.session.sh; raise SystemExit(not callable(xsh.run))"
    if subprocess.run([sys.executable, "-c", probe], env=script.environment(), check=False).returncode:
        pytest.skip("xsh.run is the package of that name and not yet the function")
    path = tmp_path / "plain.py"
    path.write_text(to_python(PROGRAM, "a.xsh"), encoding="utf-8")
    plain = subprocess.run(
        [sys.executable, str(path), "A", "B C"], env=script.environment(), capture_output=True, text=True, check=False
    )
    ran = script(PROGRAM, "A", "B C")
    assert (ran.returncode, ran.stderr) == (0, "")
    assert (plain.returncode, plain.stderr) == (0, "")
    assert plain.stdout == ran.stdout
