"""Patterns of host names, both ways, and the files they are read from."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xsh.fleet.hosts import expand, fold, from_config, from_file


@pytest.mark.parametrize(
    ("pattern", "names"),
    [
        ("web", ["web"]),
        ("web[01-03].example.com", ["web01.example.com", "web02.example.com", "web03.example.com"]),
        ("web[1-3,7]", ["web1", "web2", "web3", "web7"]),
        ("web[9-11]", ["web9", "web10", "web11"]),
        ("web[08-10]", ["web08", "web09", "web10"]),
        ("n[1-9/4]", ["n1", "n5", "n9"]),
        ("r[1-2]n[1-2]", ["r1n1", "r1n2", "r2n1", "r2n2"]),
        ("a, b c[1,2],a", ["a", "b", "c1", "c2"]),
        ("deploy@web[1-2]:22", ["deploy@web1:22", "deploy@web2:22"]),
        ("[::1]:22", ["[::1]:22"]),
    ],
)
def test_a_pattern_stands_for_names(pattern: str, names: list[str]) -> None:
    assert expand(pattern) == names


@pytest.mark.parametrize(
    ("pattern", "why"),
    [
        ("web[3-1]", "empty"),
        ("", "names no host"),
        (" , ", "names no host"),
        ("w[1-9/0]", "empty"),
        ("w[1-200000]", "more than 100,000"),
    ],
)
def test_patterns_that_are_slips_of_the_pen(pattern: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        expand(pattern)


@pytest.mark.parametrize(
    ("names", "folded"),
    [
        ([], ""),
        (["web"], "web"),
        (["web1"], "web1"),
        (["web01", "web02", "web03", "web07", "db1"], "web[01-03,07],db1"),
        (["n9", "n10", "n11"], "n[9-11]"),
        (["n0", "n1", "n2"], "n[0-2]"),
        (["n2", "n0", "n1", "n1"], "n[0-2]"),
        (["web1.rack2", "web2.rack2"], "web[1-2].rack2"),
        (["n9", "n09", "n10"], "n[9,09-10]"),
        (["10.0.0.1", "10.0.0.2", "10.0.1.2"], "10.0.0.[1-2],10.0.1.2"),
        (["me@10.0.0.1:22", "me@10.0.0.2:22"], "me@10.0.0.[1-2]:22"),
        (["web1.0.0.1.org", "web2.0.0.1.org"], "web[1-2].0.0.1.org"),
    ],
)
def test_names_are_folded(names: list[str], folded: str) -> None:
    assert fold(names) == folded


NAMES = st.builds(
    "{}{}{}".format,
    st.sampled_from(["web", "db-", "", "10.0.0.", "me@10.0.1."]),
    st.from_regex(r"0{0,2}[0-9]{1,3}", fullmatch=True),
    st.sampled_from(["", ".example.com", "x7", ":22"]),
)


@given(st.lists(NAMES, min_size=1, unique=True))
def test_folding_and_expanding_give_the_same_hosts(names: list[str]) -> None:
    assert sorted(expand(fold(names))) == sorted(names)


def test_hosts_of_files(tmp_path: Path) -> None:
    hosts = tmp_path / "hosts"
    hosts.write_text("# the web\nweb[1-2]  # two\n\ndb1\nweb1\n")
    assert from_file(hosts) == ["web1", "web2", "db1"]
    config = tmp_path / "config"
    config.write_text("Host web1 web2 *.lan\n  User x\nHost !no db1\nhost=web3\nHostName web9\n")
    assert from_config("web*", config) == ["web1", "web2", "web3"]
    assert from_config("*", config) == ["web1", "web2", "db1", "web3"]
