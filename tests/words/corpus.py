"""Values that try to be more than data: every shell special, every quote, and commands that would leave a file `P`."""

from __future__ import annotations

PLAIN = [
    "", " ", "  a  b ", "'", "''", '"', "\\", "\\\\", "\\'", "'\\''", "\n", "a\nb\n", "\n\n", "\r", "\r\n", "\t",
    "\v\f\b\a", "\x1b[31m", "\x7f", "-rf", "--", "-n", "-e \\x41", "$HOME", "${HOME}", "$(id)", "`id`", "$((1+1))",
    "$'\\x41'", '$"x"', "!!", "!x", "^a^b", "~", "~root", "a=~", "*", "?", "[a-z]*", "{a,b}", "{1..3}", "a;b", "a&b",
    "a&&b", "|x", ">f", "<f", "2>&1", "<(id)", "=(id)", "=ls", "#c", "a #c", "(x)", "{ x; }", "if", "then", "time",
    "A=1", "\udcff\udcfe", "\udcc3(", "café", "\u202e", "\U0001f4a9", "\u3000", "%1", "%d%s%n", "a:b", "\\n", "a\\",
    "\x01\x02\x03", "@", "^", "\udc80\udc80\udc80", "x" * 5000 + "'", "__x", "__x1", "${__x1}", "${__x[0]}", "\ufffd",
    "]", "]]", ")", "))", "}", "esac", "done", "E", "EOF\n", "a\nE\nb", "\\\n", "a]b", "${", "$(", "$((", "`", "1", "-1",
]  # fmt: skip

ATTACKS = [
    "'; touch P; '",
    '"; touch P; "',
    "$(touch P)",
    "`touch P`",
    "\n touch P\n",
    "';touch P;#",
    "\\';touch P;#",
    "\\\n touch P",
    "E\ntouch P\n",
    "EOF\ntouch P\n",
    "(touch P)",
    "a[$(touch P)]",
    "x[$(touch P)]=1",
    "a[`touch P`0]",
    ";touch P;",
    "&touch P&",
    "|touch P|",
    "||touch P||",
    "&&touch P&&",
    ")touch P;(",
    "}touch P;{",
    "));touch P;((",
    "]];touch P;[[",
    "}; touch P; ${x:-",
    "*) touch P;; esac #",
    ";; *) touch P;;",
    "; done; touch P; #",
    "; fi; touch P; #",
    "<(touch P)",
    ">(touch P)",
    "$'\\'; touch P; $'",
    "'\"; touch P; \"'",
    "\"'; touch P; '\"",
    "1;touch P",
    "1))\ntouch P\n((1",
    "-v a[$(touch P)]",
    "${x:=$(touch P)}",
    "${__x[$(touch P)]}",
    "$((a[$(touch P)]))",
]
"""Each would make the file `P` if any part of it were read as shell text."""

VALUES = PLAIN + ATTACKS

ENCODED = [value.encode("utf-8", "surrogateescape") for value in VALUES]
