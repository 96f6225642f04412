"""The Pygments lexer of xsh: Python with literals, their holes, and small states of its own for the shell text in them.

Linear in the text, and never without an answer: what is half-typed ends with its line.
"""

from __future__ import annotations

import builtins
import keyword

from pygments.lexer import (
    RegexLexer,
    bygroups,  # pyright: ignore[reportUnknownVariableType]
    default,
    include,
    words,
)
from pygments.token import Comment, Keyword, Name, Number, Operator, Punctuation, String, Text, Whitespace

from xsh.script.names import HOME_OF, MODULES, OWN

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_CONSTANTS = ("True", "False", "None")
_IN_WORDS = ("and", "in", "is", "not", "or")
_NAMESPACE = ("import", "from")
_SHELL_WORDS = ("if", "then", "elif", "else", "fi", "for", "in", "while", "until", "do", "done", "case", "esac")
_BUILTINS = tuple(sorted(name for name in dir(builtins) if not name.startswith("_")))
_GIVEN = tuple(sorted({*HOME_OF, *MODULES, *OWN}))
_PLAIN = r"(?i:[rbu]|br|rb)?"
_FORMATTED = r"(?i:[ft]r?|r[ft])"
_TAG = r"[\w)\]$]"


def _strings() -> list[Any]:
    """The rules that open a string, one for each kind and quote."""
    rules: list[Any] = []
    for quote, name in (('"""', "triple-double"), ("'''", "triple-single"), ('"', "double"), ("'", "single")):
        rules.append((rf"({_FORMATTED})({quote})", bygroups(String.Affix, String), f"formatted-{name}"))
        rules.append((rf"({_PLAIN})({quote})", bygroups(String.Affix, String), f"string-{name}"))
    return rules


def _string_states() -> dict[str, list[Any]]:
    """The insides of strings; one on a single line ends with it."""
    states: dict[str, list[Any]] = {}
    for quote, name in (('"""', "triple-double"), ("'''", "triple-single"), ('"', "double"), ("'", "single")):
        long = len(quote) == 3
        family = "long" if long else "short"
        ends: list[Any] = [(quote, String, "#pop"), (r"\\(?:.|\n)", String.Escape)]
        if not long:
            ends.append((r"\n", Whitespace, "#pop"))
        rest: list[Any] = [(r"[^\\{}'\"\n]+", String), (r"[^\\\n]", String), (r"\n|\\", String)]
        fields: list[Any] = [(r"\{\{|\}\}", String.Escape), (r"\{", String.Interpol, f"field-{family}")]
        states[f"string-{name}"] = [*ends, *rest]
        states[f"formatted-{name}"] = [*ends, *fields, *rest]
    return states


def _hole_states(family: str, *, one_line: bool) -> dict[str, list[Any]]:
    """A hole or field: an expression, its conversion and format spec; the brackets in it."""
    newline: list[Any] = [(r"(?=\n)", Text, "#pop")] if one_line else []
    backtick: list[Any] = [(rf"(?<!{_TAG})(?=`)", Text, "#pop")]
    return {
        f"field-{family}": [
            *newline,
            (r"\}", String.Interpol, "#pop"),
            (r"![rsa](?=[ \t]*[:}])", String.Interpol),
            (r":", String.Interpol, f"spec-{family}"),
            (r"[(\[{]", Punctuation, f"bracket-{family}"),
            *backtick,
            include("expression"),
        ],
        f"spec-{family}": [
            (r"\{", String.Interpol, f"field-{family}"),
            (r"\}", String.Interpol, "#pop:2"),
            (r"(?=[\n`])", Text, "#pop"),
            (r"[^{}\n`]+", String),
        ],
        f"bracket-{family}": [
            *newline,
            (r"[)\]}]", Punctuation, "#pop"),
            (r"[(\[{]", Punctuation, f"bracket-{family}"),
            *backtick,
            include("expression"),
        ],
    }


def _shell_states(name: str, close: str) -> dict[str, list[Any]]:
    """A literal's text that ends at the pattern `close`, and the quotes in it."""
    one_line = name != "fenced"
    field = "field-line" if one_line else "field-long"
    inside: list[Any] = [
        (r"\\\$\{[^}\n]*\}?", Name.Variable),
        (r"\$\{", String.Interpol, field),
    ]
    variable = (r"\$(?:[A-Za-z_]\w*|[0-9@*#?$!-])", Name.Variable)
    escape = (r"\\(?:.|\n)" if name != "literal" else r"\\.", String.Escape)
    stop: list[Any] = [(rf"(?={close})", Text, "#pop")]
    return {
        f"{name}-single": [
            *stop,
            *inside,
            (r"'", String.Single, "#pop"),
            (r"[^'\\$`\n]+", String.Single),
            (r".|\n", String.Single),
        ],
        f"{name}-double": [
            *stop,
            *inside,
            variable,
            escape,
            (r'"', String.Double, "#pop"),
            (r'[^"\\$`\n]+', String.Double),
            (r".|\n", String.Double),
        ],
        f"{name}-text": [
            *inside,
            variable,
            escape,
            (r"'", String.Single, f"{name}-single"),
            (r'"', String.Double, f"{name}-double"),
            (r"[|&;(]+|\$\(+", Operator, "first-word"),
            (r"[<>)]+", Operator),
            (r"(?<![^\s`])#[^`\n]*", Comment.Single),
            (r"(?<=[ \t])--?[\w-]+", Name.Attribute),
            (r"[ \t]+", Whitespace),
            (r"[^\s\\$'\"`|&;<>()]+", Text),
            (r".", Text),
        ],
    }


class XshLexer(RegexLexer):
    """Colours xsh's source; registered with Pygments as `xsh`."""

    name = "xsh"
    aliases = ["xsh"]  # noqa: RUF012 - the shape Pygments asks for
    filenames = ["*.xsh"]  # noqa: RUF012 - same
    mimetypes = ["text/x-xsh"]  # noqa: RUF012 - same
    url = "https://pygments.org/docs/lexers/"
    version_added = ""

    tokens = {  # noqa: RUF012 - same
        "root": [
            (
                r"^([ \t]*)(\$)([ \t]+)",
                bygroups(Whitespace, Name.Builtin.Pseudo, Whitespace),
                ("statement", "first-word"),
            ),
            (
                r"(?<=[:;])([ \t]*)(\$)([ \t]+)",
                bygroups(Whitespace, Name.Builtin.Pseudo, Whitespace),
                ("statement", "first-word"),
            ),
            (r"^([ \t]*)(@)([\w.]+)", bygroups(Whitespace, Operator, Name.Decorator)),
            (r"[\[\](){}:,;]", Punctuation),
            include("expression"),
        ],
        "expression": [
            (r"\n|[ \t\f\r]+", Whitespace),
            (r"\\\n", Text),
            (r"#[^\n]*", Comment.Single),
            *_strings(),
            (rf"(?<={_TAG})```", String.Backtick, ("fenced", "first-word")),
            (rf"(?<={_TAG})`", String.Backtick, ("literal", "first-word")),
            (r"\$", Name.Builtin.Pseudo),
            (r"(def)([ \t]+)(\w+)", bygroups(Keyword, Whitespace, Name.Function)),
            (r"(class)([ \t]+)(\w+)", bygroups(Keyword, Whitespace, Name.Class)),
            (words(_CONSTANTS, suffix=r"\b"), Keyword.Constant),
            (words(_IN_WORDS, suffix=r"\b"), Operator.Word),
            (words(_NAMESPACE, suffix=r"\b"), Keyword.Namespace),
            (words(tuple(keyword.kwlist), suffix=r"\b"), Keyword),
            (words(_BUILTINS, prefix=r"(?<!\.)", suffix=r"\b"), Name.Builtin),
            (words(_GIVEN, prefix=r"(?<!\.)", suffix=r"\b"), Name.Builtin),
            (r"0[xX][\da-fA-F_]+|0[oO][0-7_]+|0[bB][01_]+", Number),
            (r"\d[\d_]*(?:\.[\d_]*)?(?:[eE][+-]?[\d_]+)?[jJ]?|\.\d[\d_]*(?:[eE][+-]?[\d_]+)?[jJ]?", Number),
            (r"[^\W\d]\w*", Name),
            (r"[-+*/%@&|^~<>=!:]+|\.", Operator),
            (r"[,;]", Punctuation),
            (r".", Text),
        ],
        "first-word": [
            (r"[ \t]+", Whitespace),
            (words(_SHELL_WORDS, suffix=r"(?![\w./-])"), Keyword, "#pop"),
            (r"[A-Za-z_]\w*=", Name.Variable, "#pop"),
            (r"[\w.~/+-]+", Name.Function, "#pop"),
            default("#pop"),
        ],
        "statement": [(r"\n", Whitespace, "#pop"), include("statement-text"), (r"`", Operator)],
        "literal": [
            (r"`", String.Backtick, "#pop"),
            (r"\n", Whitespace, "#pop"),
            include("literal-text"),
        ],
        "fenced": [
            (r"```", String.Backtick, "#pop"),
            (r"\n", Whitespace, "first-word"),
            include("fenced-text"),
            (r"`", Operator),
        ],
        **_shell_states("statement", r"\n"),
        **_shell_states("literal", r"[`\n]"),
        **_shell_states("fenced", r"```"),
        **_string_states(),
        **_hole_states("line", one_line=True),
        **_hole_states("short", one_line=True),
        **_hole_states("long", one_line=False),
    }
