"""Every path, module and heading that a page or a comment names is there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.script_runner import CHECKOUT

PAGES = sorted(
    path
    for path in [*CHECKOUT.glob("*.md"), *(CHECKOUT / "docs").rglob("*.md"), *(CHECKOUT / "tests").rglob("*.md")]
    if path.is_file()
)
SOURCES = sorted(
    path
    for folder in ("xsh", "tests", "scripts", ".ci")
    for path in (CHECKOUT / folder).rglob("*")
    if path.is_file() and path.suffix in {"", ".py", ".txt", ".xsh"} and "__pycache__" not in path.parts
)

FENCED = re.compile(r"^( *)(`{3,}|~{3,}).*?^ *\2[`~]*\s*$", re.MULTILINE | re.DOTALL)
SPAN = re.compile(r"(`+)(.+?)\1", re.DOTALL)
LINK = re.compile(r"\[[^]]*\]\(([^)\s]+)\)")
PATH = re.compile(r"[\w.-]+(?:/[\w.-]+)*/?\Z")
MODULE = re.compile(r"xsh(?:\.[a-z_]\w*)+\Z")
IN_SOURCE = re.compile(r"(?<![\w./-])(?:docs|scripts|tests)/[\w./-]*[\w]\.(?:md|py|xsh|txt)\b")


def missing_in_page(page: Path, text: str) -> Iterator[str]:
    """Each name of a page that leads nowhere."""
    prose = FENCED.sub("", text)
    for link in LINK.findall(SPAN.sub("", prose)):
        if not is_link_alive(page, link):
            yield f"link to {link}"
    for _, span in SPAN.findall(prose):
        if MODULE.match(span) and not is_module(span):
            yield f"module {span}"
        elif "/" in span and PATH.match(span) and not is_path(page, span):
            yield f"path {span}"


def is_link_alive(page: Path, link: str) -> bool:
    """Whether a link leads to a file (and heading) of the checkout; links to the outside are not followed."""
    if "://" in link or link.startswith("mailto:"):
        return True
    target, _, heading = link.partition("#")
    path = (page.parent / target).resolve() if target else page
    if not path.exists():
        return False
    return not heading or path.suffix != ".md" or heading in headings(path.read_text(encoding="utf-8"))


def headings(text: str) -> set[str]:
    """The anchors of a page's headings, as the usual forges make them."""
    titles = re.findall(r"^#+ +(.+?) *$", FENCED.sub("", text), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def is_path(page: Path, name: str) -> bool:
    """Whether a name is a path that exists, or none of ours: one that starts with no folder of the root or of xsh/."""
    first = name.partition("/")[0]
    homes = [home for home in (CHECKOUT, CHECKOUT / "xsh") if (home / first).is_dir()]
    return not homes or first in {".", ".."} or any((home / name).exists() for home in [*homes, page.parent])


def is_module(name: str) -> bool:
    """Whether a dotted name is a module of ours, or a name that stands in one."""
    path = CHECKOUT
    parts = name.split(".")
    for index, part in enumerate(parts):
        path = path / part
        if path.is_dir():
            continue
        if path.with_suffix(".py").exists():
            return len(parts) == index + 1 or stands_in(path.with_suffix(".py"), parts[index + 1])
        return stands_in(path.parent / "__init__.py", part)
    return True


def stands_in(module: Path, name: str) -> bool:
    """Whether a module's text has a name."""
    return module.exists() and re.search(rf"\b{re.escape(name)}\b", module.read_text(encoding="utf-8")) is not None


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.relative_to(CHECKOUT).as_posix())
def test_a_page_names_what_is_there(page: Path) -> None:
    assert list(missing_in_page(page, page.read_text(encoding="utf-8"))) == []


def test_comments_and_docstrings_name_what_is_there() -> None:
    missing = {
        f"{source.relative_to(CHECKOUT)}: {name}"
        for source in SOURCES
        for name in IN_SOURCE.findall(source.read_text(encoding="utf-8", errors="replace"))
        if not (CHECKOUT / name).exists() and source.name != "test_docs_paths.py"
    }
    assert missing == set()


@pytest.mark.parametrize(
    ("text", "missing"),
    [
        ("`tests/conftest.py` and `docs/`", []),
        ("`tests/nowhere.py`", ["path tests/nowhere.py"]),
        ("`errors.py` of `a/b.txt`", []),
        ("`command/nowhere.py`", ["path command/nowhere.py"]),
        ("[gone](nowhere.md)", ["link to nowhere.md"]),
        ("[gone](#nowhere)\n\n# Here", ["link to #nowhere"]),
        ("[outside](https://example.org/nowhere.md)", []),
        ("`xsh.errors` `xsh.errors.XshError`", []),
        ("`xsh.errors.Nowhere` `xsh.nowhere.x`", ["module xsh.nowhere.x"]),
        ("```sh\ncat `tests/nowhere.py`\n```", []),
    ],
)
def test_what_counts_as_a_name(text: str, missing: list[str], tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(text)
    assert list(missing_in_page(page, text)) == missing
