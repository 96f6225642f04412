"""Values that have each broken some shell's quoting: every place has to pass them on byte for byte."""

from __future__ import annotations

CORPUS = [
    "", " ", "  a  b ", "'", "''", '"', "\\", "\\\\", "\\'", "'\\''", "\n", "a\nb\n", "\n\n", "\r", "\r\n", "\t",
    "\v\f\b\a", "\x1b[31m", "\x7f", "-rf", "--", "-n", "-e \\x41", "$HOME", "${HOME}", "$(id)", "`id`", "$((1+1))",
    "$'\\x41'", '$"x"', "!!", "!x", "^a^b", "~", "~root", "a=~", "*", "?", "[a-z]*", "{a,b}", "{1..3}", "a;b", "a&b",
    "a&&b", "|x", ">f", "<f", "2>&1", "<(id)", "=(id)", "=ls", "#c", "a #c", "(x)", "{ x; }", "if", "then", "time",
    "A=1", "\udcff\udcfe", "\udcc3(", "café", "\u202e", "\U0001f4a9", "\u3000", "%1", "%d%s%n", "a:b", "\\n", "a\\",
    "'; touch P; '", '"; touch P; "', "$(touch P)", "`touch P`", "\n touch P\n", "';touch P;#", "\\';touch P;#",
    "\\\n touch P", "EOF\ntouch P\n", "x" * 5000 + "'", "\x01\x02\x03", "(touch P)", "@", "^", "\udc80\udc80\udc80",
    "a[$(touch P)]", "__x1", "${__x1}",
]  # fmt: skip
