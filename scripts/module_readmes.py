#!/usr/bin/env python3
"""Write the tables of inputs, outputs and versions into each Terraform module's README, from the module's sources.

    .venv/bin/python scripts/module_readmes.py            (or `make docs`)

What stands above the mark `BEGIN` is written by hand and stays. What a change of an input does to what was applied
stands in terraform/changes.json, where it is more than a change in place.
"""

from __future__ import annotations

import json
import re
import textwrap
from pathlib import Path

from awa_batch.terraform import hcl

TERRAFORM = Path(__file__).resolve().parents[1] / "terraform"
CHANGES = TERRAFORM / "changes.json"
BEGIN = "<!-- begin: made by `make docs` from variables.tf, outputs.tf, terraform.tf and changes.json -->"
END = "<!-- end -->"

Row = tuple[str, ...]
IN_PLACE = "in place"
LONGEST = 260
"""How many characters a description may have to stand in the table; of a longer one the first sentence does."""


class Source:
    """The blocks of a .tf file, with their values as they are written."""

    def __init__(self, file: Path) -> None:
        self.text = file.read_text(encoding="utf-8")
        self.body = hcl.read_text(self.text)

    def written(self, attribute: hcl.Attribute | None) -> str | None:
        """Return an attribute's value as it is written, without the indentation that it has in its block."""
        if attribute is None:
            return None
        first, newline, rest = self.text[attribute.start : attribute.end].strip().partition("\n")
        return f"{first}{newline}{textwrap.dedent(rest)}" if rest else first

    def description(self, block: hcl.Block) -> str:
        """Return a block's description as Markdown, a heredoc's lines as they stand."""
        value = self.written(block.attribute("description")) or ""
        if heredoc := re.fullmatch(r"<<-(\w+)\n(.*?)\n\s*\1", value, re.DOTALL):
            return textwrap.dedent(heredoc[2]).strip()
        return str(json.loads(value.replace("$${", "${"))) if value else ""


def changes() -> dict[str, dict[str, str]]:
    """Return module → input → what a change of it does; inputs that change in place are left out."""
    found: dict[str, dict[str, str]] = json.loads(CHANGES.read_text(encoding="utf-8"))
    return found


def tables(module: Path) -> str:
    """Return the generated part of a module's README."""
    return "\n".join([*_inputs(module), *_outputs(module), *_versions(module)])


def with_tables(module: Path) -> str:
    """Return a module's README with the tables as they are now, in the place of those that it has."""
    text = (module / "README.md").read_text(encoding="utf-8")
    before, _, rest = text.partition(f"{BEGIN}\n")
    _, _, after = rest.partition(END)
    return f"{before.rstrip()}\n\n{BEGIN}\n{tables(module)}{END}{after.rstrip()}\n"


def _inputs(module: Path) -> list[str]:
    source, change = Source(module / "variables.tf"), changes().get(module.name, {})
    rows: list[Row] = []
    sections: list[str] = []
    for block in source.body.inner("variable"):
        (name,) = block.labels
        kind, default = source.written(block.attribute("type")) or "", source.written(block.attribute("default"))
        description = source.description(block)
        whole = len(description) <= LONGEST and "\n-" not in description and "\n" not in kind
        rows.append(
            (
                f"`{name}`" if whole else f"[`{name}`](#{name})",
                _code(kind if "\n" not in kind else _outline(kind)),
                "**required**" if default is None else _code(_one_line(default)),
                change.get(name, IN_PLACE),
                _cell(description.removesuffix(" Changes apply in place.") if whole else _first_sentence(description)),
            )
        )
        if not whole:
            # Markdown would take a line after a list for the last item's.
            sections += [f"### {name}", "", re.sub(r"(?m)^((?:- |  ).*)\n(?=[^- ])", r"\1\n\n", description), ""]
            sections += ["```hcl", kind, "```", ""] if "\n" in kind else []
    return [*_table("Inputs", ("input", "type", "default", "a change", "what it is"), rows), *sections]


def _outputs(module: Path) -> list[str]:
    source, known = Source(module / "outputs.tf"), {**_locals(module), **_types(module)}
    rows: list[Row] = [
        (
            f"`{block.labels[0]}`",
            _kind(source.written(block.attribute("value")) or "", known),
            _cell(source.description(block)),
        )
        for block in source.body.inner("output")
    ]
    return _table("Outputs", ("output", "type", "what it is"), rows)


def _versions(module: Path) -> list[str]:
    source = Source(module / "terraform.tf")
    (settings,) = source.body.inner("terraform")
    rows: list[Row] = [("Terraform", _code(_unquoted(source.written(settings.attribute("required_version")))))]
    for providers in settings.inner("required_providers"):
        for provider in providers.attributes:
            said = dict(re.findall(r'(\w+)\s*=\s*("[^"]*")', source.written(provider) or ""))
            rows.append((f"provider `{_unquoted(said.get('source'))}`", _code(_unquoted(said.get("version")))))
    return _table("Versions", ("what", "version"), rows)


def _unquoted(text: str | None) -> str:
    return (text or "").strip('"')


def _locals(module: Path) -> dict[str, str]:
    found: dict[str, str] = {}
    for file in sorted(module.glob("*.tf")):
        source = Source(file)
        for block in source.body.inner("locals"):
            found |= {f"local.{one.key}": source.written(one) or "" for one in block.attributes}
    return found


def _types(module: Path) -> dict[str, str]:
    source = Source(module / "variables.tf")
    written = {block.labels[0]: source.written(block.attribute("type")) for block in source.body.inner("variable")}
    return {f"var.{name}": f"type {kind}" for name, kind in written.items()}


# An output has no type in its source, so it is told from the shape of its expression, the first pattern that fits.
_KINDS = (
    (r"type object", "object"),
    (r"type map", "map"),
    (r"(\"|<<|jsonencode\(|join\()", "string"),
    (r"length\([^()]*\)$", "number"),
    (r"\{\s*for\b", "map"),
    (r"\{", "object"),
    (r"merge\(\s*flatten\(", "map"),
    (r"merge\(", "object"),
    (r"(\[|sort\(|concat\(|slice\(|keys\()", "list"),
    (r"(data\.)?[\w.]+(\[[^\]]*\])?\.(arn|id|name|json|vpc_id)$", "string"),
    (r"[\w.]+\[\*\]\.\w+$", "list"),
)


def _kind(value: str, known: dict[str, str]) -> str:
    """Return the type of an expression as far as its beginning tells it, "" where it does not.

    ``known`` is what locals and variables stand for.
    """
    value = value.strip()
    if inner := re.fullmatch(r"(?:try|one|coalesce)\((.*?)(?:, null)?\)", value, re.DOTALL):
        return _kind(inner[1].replace("[*]", "[0]"), known)
    if value in known:
        return _kind(known[value], {})
    found = next((kind for pattern, kind in _KINDS if re.match(pattern, value)), "")
    if not found and (condition := re.match(r"[^?{}]+\? (.*?) : (.*)", value, re.DOTALL)):
        return next(filter(None, (_kind(one, known) for one in condition.groups())), "")
    return found


def _one_line(value: str) -> str:
    """Return a value with a comma for each end of a line that stands for one."""
    joined = re.sub(r"(?<=[^\s{\[,])\n\s*(?=[^\s}\]])", ", ", value)
    return " ".join(joined.split())


def _outline(kind: str) -> str:
    """Return a type of several lines without the fields of its objects."""
    outermost = kind.partition("({")[0]
    return f"{outermost}{')' * outermost.count('(')}"


def _first_sentence(text: str) -> str:
    return re.split(r"(?<=[.:])\s+(?=[A-Z`-])", " ".join(text.split()))[0].rstrip(".:") + "."


def _code(text: str) -> str:
    return f"`{_escaped(text)}`" if text else ""


def _cell(text: str) -> str:
    """Return text for a cell of a table; outside of code `<` would begin a tag."""
    parts = re.split(r"(`[^`]*`)", _escaped(" ".join(text.split())))
    return "".join(part if part.startswith("`") else part.replace("<", "&lt;") for part in parts)


def _escaped(text: str) -> str:
    return text.replace("|", "\\|")


def _table(title: str, head: Row, rows: list[Row]) -> list[str]:
    lines = [head, ("---",) * len(head), *rows]
    return [f"## {title}", "", *(f"| {' | '.join(line)} |" for line in lines), ""]


def main() -> None:
    """Write the README of every module."""
    for file in sorted(TERRAFORM.glob("modules/*/README.md")):
        file.write_text(with_tables(file.parent), encoding="utf-8")


if __name__ == "__main__":
    main()
