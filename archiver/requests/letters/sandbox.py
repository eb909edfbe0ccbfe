"""Merging a letter: a template of plain text, in which values are printed and nothing else runs.

What a template may hold is an allow-list of Jinja's syntax: text, a variable printed, and a
condition on variables. Without loops, calls, attributes, filters and arithmetic the time and size
of a merge are bounded by those of the template and of its values, and there is nothing to escape
by; the sandboxed environment stands behind it all the same. Values are never read as templates.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from jinja2 import StrictUndefined, TemplateSyntaxError, UndefinedError, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

from archiver.errors import InputError

LONGEST_TEMPLATE = 40_000
LONGEST_LETTER = 200_000
"""Characters of a merged letter."""
MOST_NODES = 2_000
DEEPEST = 8
"""Conditions within conditions."""
SUBJECT = "Subject:"
_ALLOWED = (
    nodes.Template,
    nodes.Output,
    nodes.TemplateData,
    nodes.Name,
    nodes.If,
    nodes.And,
    nodes.Or,
    nodes.Not,
    nodes.Compare,
    nodes.Operand,
    nodes.Const,
)
_COMPARISONS = ("eq", "ne")


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a template, and in which line (from 1)."""

    line: int
    text: str


class _Environment(ImmutableSandboxedEnvironment):
    """The sandbox with nothing in it: no globals, filters or tests."""

    def __init__(self) -> None:
        super().__init__(
            undefined=StrictUndefined,
            autoescape=False,
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=False,
            optimized=False,
        )
        self.globals.clear()
        self.filters.clear()
        self.tests.clear()


@lru_cache(maxsize=1)
def _environment() -> _Environment:
    return _Environment()


def faults(text: str) -> list[Fault]:
    """What a template holds that it must not, in the order of its lines."""
    if len(text) > LONGEST_TEMPLATE:
        return [Fault(1, f"the template is longer than {LONGEST_TEMPLATE:,} characters")]
    try:
        tree = _environment().parse(text)
    except TemplateSyntaxError as error:
        return [Fault(error.lineno, f"cannot be read: {error.message}")]
    except (RecursionError, MemoryError, OverflowError, ValueError):
        return [Fault(1, "cannot be read: its conditions are nested too deeply")]
    found = []
    for count, (node, depth) in enumerate(_walk(tree)):
        line = node.lineno or 1
        if count >= MOST_NODES:
            found.append(Fault(line, "has too many variables and conditions"))
            break
        if depth > DEEPEST:
            return [Fault(line, f"conditions stand more than {DEEPEST} deep in one another")]
        wrong = _wrong(node)
        if wrong:
            found.append(Fault(line, wrong))
        elif isinstance(node, nodes.Output):
            found += [
                Fault(part.lineno or line, "only a variable's name may stand between {{ and }}")
                for part in node.nodes
                if not isinstance(part, nodes.TemplateData | nodes.Name)
            ]
    return sorted(set(found), key=lambda each: (each.line, each.text))


@dataclass(frozen=True, slots=True)
class Use:
    """How a template uses a variable: the line in which it first stands, and whether it is printed
    anywhere or only asked for in a condition."""

    line: int
    printed: bool


def variables(text: str) -> dict[str, Use]:
    """The variables of a template. Raises InputError where it may not be merged."""
    _require_sound(text)
    tree = _environment().parse(text)
    printed = {
        part.name
        for output in tree.find_all(nodes.Output)
        for part in output.nodes
        if isinstance(part, nodes.Name)
    }
    lines: dict[str, int] = {}
    for each in tree.find_all(nodes.Name):
        lines[each.name] = min(lines.get(each.name, each.lineno), each.lineno)
    return {name: Use(line, name in printed) for name, line in lines.items()}


def merge(text: str, values: Mapping[str, str]) -> str:
    """The template with its values in place.

    Raises InputError where the template holds what it must not or names a variable that is not
    there, or where the letter becomes too long.
    """
    for name, use in variables(text).items():
        if name not in values:
            raise InputError(f"line {use.line}: there is no variable {name!r}")
    parts: list[str] = []
    size = 0
    try:
        for part in _environment().from_string(text).generate(dict(values)):
            parts.append(part)
            size += len(part)
            if size > LONGEST_LETTER:
                raise InputError(f"the letter is longer than {LONGEST_LETTER:,} characters")
    except UndefinedError as error:
        raise InputError(f"the template cannot be merged: {error.message}") from None
    return "".join(parts)


def _require_sound(text: str) -> None:
    wrong = faults(text)
    if wrong:
        raise InputError(f"line {wrong[0].line}: {wrong[0].text}")


def _walk(tree: nodes.Node) -> Iterator[tuple[nodes.Node, int]]:
    """Every node, with how many conditions it stands in."""
    waiting: list[tuple[nodes.Node, int]] = [(tree, 0)]
    while waiting:
        node, depth = waiting.pop()
        yield node, depth
        deeper = depth + isinstance(node, nodes.If)
        waiting.extend((each, deeper) for each in node.iter_child_nodes())


def _wrong(node: nodes.Node) -> str | None:
    if not isinstance(node, _ALLOWED):
        return (
            f"{type(node).__name__.lower()} is not allowed: a letter's template prints variables "
            "({{ name }}) and asks for them ({% if name %}), nothing else"
        )
    if isinstance(node, nodes.Const) and not isinstance(node.value, str):
        return "numbers and other constants are not allowed: compare with a word in quotes"
    if isinstance(node, nodes.Operand) and node.op not in _COMPARISONS:
        return f"the comparison {node.op!r} is not allowed: use == or !="
    if isinstance(node, nodes.Name) and node.ctx != "load":
        return "setting a variable is not allowed"
    return None
