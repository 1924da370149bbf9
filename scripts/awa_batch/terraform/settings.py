"""Refuse settings that no module takes: Terraform drops unknown keys of nested objects without a word.

``ec2 = { on_demand = { max_vcpu = 4 } }`` plans as if nothing had been written. What a module takes is read from the
types of its variables, so that there is no second list of it here.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from awa_batch.errors import UsageError
from awa_batch.paths import project_root
from awa_batch.terraform import hcl

META_ARGUMENTS = frozenset({"source", "version", "providers", "count", "for_each", "depends_on"})
"""What every module block takes, whatever its module ("Module blocks" in Terraform's configuration language)."""

_PASSES_ON = frozenset({"merge", "concat", "tomap", "tolist", "toset"})
"""Functions whose arguments are parts of what they return: literal ones can be looked into."""


@dataclass(frozen=True)
class Fields:
    """The type of an object: the types of its attributes."""

    types: dict[str, Type]


@dataclass(frozen=True)
class Each:
    """The type of a map, list or set: that of its values."""

    type: Type


Type = Fields | Each | None
"""None: a type without keys of its own, or one that says nothing of them (string, number, bool, any)."""


@dataclass(frozen=True)
class UnknownSetting:
    """A setting that its module does not take: where it stands, its path, and the names there are in its place."""

    file: Path
    line: int
    parents: tuple[str, ...]
    key: str
    known: tuple[str, ...]

    @property
    def problem(self) -> str:
        """Where it is and what it is."""
        path = ".".join((*self.parents, self.key))
        return f"{shown(self.file)} line {self.line}: {path}: there is no such setting."

    @property
    def nearest(self) -> str:
        """The name that was probably meant, "" where none is like it."""
        return next(iter(difflib.get_close_matches(self.key, self.known, 1)), "")


def check_settings(root: Path) -> list[str]:
    """Refuse what the root module in ``root`` gives to local modules that these do not take, at any depth.

    Returns a note for each file that could not be read here and was passed over. Raises UsageError with the file, the
    line and the nearest name of each unknown setting, and for values in a ``.tfvars`` file that nothing reads.
    """
    notes: list[str] = []
    files = {file: _read(file, notes) for file in sorted(root.glob("*.tf"))}
    unknown = [
        one
        for file, content in files.items()
        for call in content.inner("module")
        if (folder := _local_source(root, call)) is not None
        for one in _of_call(file, call, module_types(folder, notes))
    ]
    if unknown:
        raise _error(unknown)
    if not notes:
        declared = {label for content in files.values() for one in content.inner("variable") for label in one.labels}
        for file in sorted({*root.glob("terraform.tfvars"), *root.glob("*.auto.tfvars")}):
            _check_values(file, declared, notes)
    return list(dict.fromkeys(notes))


def module_types(folder: Path, notes: list[str]) -> dict[str, Type]:
    """Return variable → type of the module in ``folder``; {} and a note where a file of it cannot be read."""
    before = len(notes)
    types: dict[str, Type] = {}
    for file in sorted(folder.glob("*.tf")):
        if b"variable" in file.read_bytes():
            for block in _read(file, notes).inner("variable"):
                constraint = block.attribute("type")
                types |= {label: type_of(constraint.value) if constraint else None for label in block.labels}
    return types if len(notes) == before else {}


def type_of(constraint: hcl.Value) -> Type:
    """Return the type that a variable's type constraint stands for."""
    match constraint:
        case hcl.Call("optional", (inner, *_)):
            return type_of(inner)
        case hcl.Call("map" | "list" | "set", (inner,)):
            return Each(type_of(inner))
        case hcl.Call("object", (hcl.Map(entries),)):
            return Fields({entry.key: type_of(entry.value) for entry in entries if entry.key is not None})
        case _:
            return None


def shown(file: Path) -> str:
    """Return a file as people name it from the top of the repository."""
    try:
        return str(file.resolve().relative_to(project_root().resolve()))
    except ValueError:
        return str(file)


def _local_source(root: Path, call: hcl.Block) -> Path | None:
    source = call.attribute("source")
    if source is None or not isinstance(source.value, hcl.String) or not source.value.text.startswith(("./", "../")):
        return None
    folder = root / source.value.text
    return folder if folder.is_dir() else None  # terraform says itself that it is missing


def _of_call(file: Path, call: hcl.Block, types: dict[str, Type]) -> Iterator[UnknownSetting]:
    if not types:  # nothing is known of this module
        return
    for entry in call.attributes:
        if entry.key is None or entry.key in META_ARGUMENTS:
            continue
        if entry.key in types:
            yield from _of_value(file, entry.value, types[entry.key], (entry.key,))
        else:
            yield UnknownSetting(file, entry.line, (), entry.key, tuple(sorted(types)))


def _of_value(file: Path, value: hcl.Value, type_: Type, path: tuple[str, ...]) -> Iterator[UnknownSetting]:
    """Yield what is unknown inside a value, as far as it is literal."""
    match value, type_:
        case (hcl.Conditional(values), _):
            for one in values:
                yield from _of_value(file, one, type_, path)
        case (hcl.Call(name, arguments), _) if name in _PASSES_ON:
            for one in arguments:
                yield from _of_value(file, one, type_, path)
        case (hcl.List(values), Each(inner)):
            for number, one in enumerate(values):
                yield from _of_value(file, one, inner, (*path, str(number)))
        case (hcl.Map(entries), Each(inner)):
            for entry in entries:
                yield from _of_value(file, entry.value, inner, (*path, entry.key or "*"))
        case (hcl.Map(entries), Fields(types)):
            for entry in entries:
                if entry.key in types:
                    yield from _of_value(file, entry.value, types[entry.key], (*path, entry.key))
                elif entry.key is not None:
                    yield UnknownSetting(file, entry.line, path, entry.key, tuple(sorted(types)))


def _error(unknown: list[UnknownSetting]) -> UsageError:
    first, *more = unknown
    if more:
        lines = [one.problem + (f" Did you mean {one.nearest}?" if one.nearest else "") for one in unknown]
        return UsageError("\n".join(lines), fix="Correct them; the module's variables.tf says what each setting does.")
    takes = f"{'.'.join(first.parents) or 'The module'} takes {', '.join(first.known) or 'nothing'}."
    return UsageError(first.problem, fix=f"Did you mean {first.nearest}? {takes}" if first.nearest else takes)


def _check_values(file: Path, declared: set[str], notes: list[str]) -> None:
    for entry in _read(file, notes).attributes:
        if entry.key is not None and entry.key not in declared:
            raise UsageError(
                f"{shown(file)} line {entry.line}: {entry.key}: nothing reads it, as there is no such variable.",
                fix=f"Write it into the module's block in main.tf and remove {file.name}.",
            )


def _read(file: Path, notes: list[str]) -> hcl.Block:
    try:
        return hcl.read_file(file)
    except hcl.UnreadableError as error:
        notes.append(f"{shown(file)}: its settings are not checked: {error}")
        return hcl.Block("", (), (), ())
