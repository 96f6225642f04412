"""The runner of the examples reads pages as they are meant, and a wrong example fails."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.docs import pages
from tests.docs.test_snippets import Reader, follow_all
from tests.script_runner import ScriptRunner


def follow(text: str, script: ScriptRunner, tmp_path: Path) -> None:
    """Follow a page given as text."""
    follow_all(Reader(script, tmp_path / "reader", "page.md"), pages.read_page(text))


GOOD = {
    "program and output": "```sh\necho hello\n```\n\n```text\nhello\n```\n",
    "console": "```console\n$ echo one\none\n$ echo two; \\\n> echo three\ntwo\nthree\n```\n",
    "file": "<!-- file: a/b.txt -->\n```text\nhi\n```\n```console\n$ cat a/b.txt\nhi\n```\n",
    "exit": "<!-- exit: 3 -->\n```sh\nexit 3\n```\n",
    "stderr": "```sh\necho bad >&2\n```\n```output\nbad\n```\n",
    "durations": "```sh\necho after 2.4 s, 31ms and 1m30s\n```\n```text\nafter 9.9 s, 0.1 s and 2m1s\n```\n",
    "ellipsis": "```sh\nseq 5; echo pid 17 done\n```\n```text\n1\n…\n5\npid … done\n```\n",
    "skip": "<!-- skip: would install a package -->\n```sh\nexit 1\n```\n",
    "only shown": "```toml\nx = 1\n```\n```text\nnobody's output\n```\n",
    "text between": "```sh\necho a\n```\nSomething else prints\n```text\nb\n```\n",
    "indented": "- item\n\n  ```python\n  if True:\n      print('x')\n  ```\n\n  ```text\n  x\n  ```\n",
    "one folder": "```sh\necho kept > kept\n```\n```python\nprint(open('kept').read(), end='')\n```\n```text\nkept\n```\n",
    "missing program": "<!-- needs: sh -->\n```sh\n:\n```\n",
}

BAD = {
    "wrong output": "```sh\necho hello\n```\n```text\nhallo\n```\n",
    "output missing": "```sh\n:\n```\n```text\nhello\n```\n",
    "more output": "```sh\nseq 3\n```\n```text\n1\n2\n```\n",
    "wrong exit": "```sh\nexit 1\n```\n",
    "expected failure": "<!-- exit: 1 -->\n```sh\n:\n```\n",
    "console output": "```console\n$ echo one\ntwo\n```\n",
    "console silence": "```console\n$ echo one\n$ echo two\ntwo\n```\n",
}

UNREADABLE = {
    "open fence": ("```sh\necho\n", "never closed"),
    "unknown language": ("```xhs\nls\n```\n", "unknown language 'xhs'"),
    "unknown comment": ("<!-- skpi: x -->\n", "unknown comment"),
    "skip without reason": ("<!-- skip: -->\n```sh\n```\n", "needs a reason"),
    "session without prompt": ("```console\nls\n```\n", "starts with"),
}


@pytest.mark.parametrize("name", GOOD)
def test_a_true_page_passes(name: str, script: ScriptRunner, tmp_path: Path) -> None:
    follow(GOOD[name], script, tmp_path)


@pytest.mark.parametrize("name", BAD)
def test_a_false_page_fails(name: str, script: ScriptRunner, tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match=r"page\.md, the block at line"):
        follow(BAD[name], script, tmp_path)


@pytest.mark.parametrize("name", UNREADABLE)
def test_an_unreadable_page_fails(name: str, script: ScriptRunner, tmp_path: Path) -> None:
    text, says = UNREADABLE[name]
    with pytest.raises(pages.PageError, match=says):
        follow(text, script, tmp_path)


def test_the_examples_of_docstrings_are_found() -> None:
    text = "Does.\n\nExample::\n\n    x = 1\n    if x:\n        print(x)\n\nMore.\n\n```xsh\nawait $`ls`\n```\n"
    assert [block.text for block in pages.docstring_blocks(text)] == ["await $`ls`\n", "x = 1\nif x:\n    print(x)\n"]
