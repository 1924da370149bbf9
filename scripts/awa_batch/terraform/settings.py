"""Refuse settings that no module takes: Terraform drops unknown keys of nested objects without a word.

``ec2 = { pools = { spot = { max_vcpu = 4 } } }`` plans as if nothing had been written. What a module takes is read from
the types of its variables, so that there is no second list of it here.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from awa_batch.errors import UsageError
from awa_batch.paths import project_root
from awa_batch.terraform import hcl, tfvars_json
from awa_batch.terraform.variable_types import Each, Fields, Type, has_fields, variable_types

META_ARGUMENTS = frozenset({"source", "version", "providers", "count", "for_each", "depends_on"})
"""What every module block takes, whatever its module ("Module blocks" in Terraform's configuration language)."""

VALUE_FILES = ("terraform.tfvars", "terraform.tfvars.json", "*.auto.tfvars", "*.auto.tfvars.json")
"""The files that Terraform takes values of variables from unasked ("Variable definitions (.tfvars) files" there)."""

_PASSES_ON = frozenset({"merge", "concat", "tomap", "tolist", "toset"})
"""Functions whose arguments are parts of what they return: literal ones can be looked into."""


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
        return _nearest(self.key, self.known)


def check_settings(root: Path) -> list[str]:
    """Refuse what the root module in ``root`` gives to local modules or to its own variables that these do not take.

    Keys are looked at in every depth: in module blocks, through ``local.…`` of the same root, in defaults, and in the
    files of values. Returns a note for each file or local that could not be looked into and was passed over. Raises
    UsageError with the file, the line and the nearest name of each unknown setting, and for values that nothing reads.
    """
    notes: list[str] = []
    files = {file: _read(file, notes) for file in sorted(root.glob("*.tf"))}
    notes += [f"{shown(file)}: its settings are not checked: it is JSON." for file in sorted(root.glob("*.tf.json"))]
    all_read = not notes
    own = variable_types(files.values())
    walk = _Walk({one.key: (file, one.value) for file, content in files.items() for one in _locals(content)}, notes)
    unknown = [
        one
        for file, content in files.items()
        for call in content.inner("module")
        if (folder := _local_source(root, call)) is not None
        for one in walk.of_call(file, call, module_types(folder, notes))
    ]
    for file, content in files.items():
        for block in content.inner("variable"):
            if (default := block.attribute("default")) is not None:
                for label in block.labels:
                    unknown += walk.of_value(file, default.value, own[label], (label,))
    _refuse(unknown)
    if all_read:
        values = sorted({file for pattern in VALUE_FILES for file in root.glob(pattern)})
        _refuse([one for file in values for one in _of_values(file, own, walk)])
    return list(dict.fromkeys(notes))


def module_types(folder: Path, notes: list[str]) -> dict[str, Type]:
    """Return variable → type of the module in ``folder``; {} and a note where a file of it cannot be read."""
    before = len(notes)
    files = [_read(file, notes) for file in sorted(folder.glob("*.tf")) if b"variable" in file.read_bytes()]
    return variable_types(files) if len(notes) == before else {}


def shown(file: Path) -> str:
    """Return a file as people name it from the top of the repository."""
    try:
        return str(file.resolve().relative_to(project_root().resolve()))
    except ValueError:
        return str(file)


def _nearest(key: str, known: tuple[str, ...]) -> str:
    return next(iter(difflib.get_close_matches(key, known, 1)), "")


def _locals(content: hcl.Block) -> list[hcl.Attribute]:
    return [one for block in content.inner("locals") for one in block.attributes]


def _local_source(root: Path, call: hcl.Block) -> Path | None:
    source = call.attribute("source")
    if source is None or not isinstance(source.value, hcl.String) or not source.value.text.startswith(("./", "../")):
        return None
    folder = root / source.value.text
    return folder if folder.is_dir() else None  # terraform says itself that it is missing


@dataclass(frozen=True)
class _Walk:
    """Looks for unknown settings in values, as far as they are literal."""

    locals: Mapping[str | None, tuple[Path, hcl.Value]]
    """Name → the file and the value of each local of the root module."""
    notes: list[str]
    """Grows by what is passed over though it may have keys."""

    def of_call(self, file: Path, call: hcl.Block, types: dict[str, Type]) -> Iterator[UnknownSetting]:
        """Yield what is unknown in a module block, given the types of the module's variables."""
        if not types:  # nothing is known of this module
            return
        for one in call.attributes:
            if one.key is None or one.key in META_ARGUMENTS:
                continue
            if one.key in types:
                yield from self.of_value(file, one.value, types[one.key], (one.key,))
            else:
                yield UnknownSetting(file, one.line, (), one.key, tuple(sorted(types)))

    def of_value(
        self, file: Path, value: hcl.Value, type_: Type, path: tuple[str, ...], through: frozenset[str] = frozenset()
    ) -> Iterator[UnknownSetting]:
        """Yield what is unknown inside a value; ``through`` are the locals that led to it."""
        if not has_fields(type_):
            return
        match value, type_:
            case (hcl.Reference((hcl.LOCALS, str(name), *keys), line), _):
                found = None if name in through else self._local(name, keys)
                if found is None:
                    said = ".".join([hcl.LOCALS, name, *(key or "*" for key in keys)])
                    where = f"{shown(file)} line {line}: {'.'.join(path)}"
                    self.notes.append(f"{where}: its keys are not checked: {said} is not written out in this folder.")
                    return
                yield from self.of_value(*found, type_, path, through | {name})
            case (hcl.Conditional(values), _):
                for inside in values:
                    yield from self.of_value(file, inside, type_, path, through)
            case (hcl.Call(function, arguments), _) if function in _PASSES_ON:
                for inside in arguments:
                    yield from self.of_value(file, inside, type_, path, through)
            case (hcl.List(values), Each(inner)):
                for number, inside in enumerate(values):
                    yield from self.of_value(file, inside, inner, (*path, str(number)), through)
            case (hcl.Map(attributes), Each(inner)):
                for one in attributes:
                    yield from self.of_value(file, one.value, inner, (*path, one.key or "*"), through)
            case (hcl.Map(), Fields(types)) if not types:
                return  # a setting of old, which Terraform itself refuses with a word on what has taken its place
            case (hcl.Map(attributes), Fields(types)):
                for one in attributes:
                    if one.key in types:
                        yield from self.of_value(file, one.value, types[one.key], (*path, one.key), through)
                    elif one.key is not None:
                        yield UnknownSetting(file, one.line, path, one.key, tuple(sorted(types)))

    def _local(self, name: str, keys: list[str | None]) -> tuple[Path, hcl.Value] | None:
        """Return the file and the value of ``local.<name>.<keys>``, None where it is not written out."""
        if name not in self.locals:
            return None
        file, value = self.locals[name]
        for key in keys:
            inner = {one.key: one.value for one in value.attributes} if isinstance(value, hcl.Map) else {}
            value = inner.get(key, hcl.UNKNOWN) if key is not None else hcl.UNKNOWN
        match value:
            case hcl.Unknown():
                return None
            case hcl.Call(function, _) if function not in _PASSES_ON:
                return None
            case hcl.Reference(names) if names[0] != hcl.LOCALS:
                return None
            case _:
                return file, value


def _of_values(file: Path, types: dict[str, Type], walk: _Walk) -> Iterator[UnknownSetting]:
    """Yield what is unknown inside the values of variables in a file. Raises UsageError where no variable reads one."""
    for one in _read(file, walk.notes).attributes:
        if one.key is None:
            continue
        if one.key not in types:
            nearest = _nearest(one.key, tuple(sorted(types)))
            raise UsageError(
                f"{shown(file)} line {one.line}: {one.key}: nothing reads it, as there is no such variable.",
                fix=f"Did you mean {nearest}?"
                if nearest
                else f"Write it into the module's block in main.tf and remove it from {file.name}.",
            )
        yield from walk.of_value(file, one.value, types[one.key], (one.key,))


def _refuse(unknown: list[UnknownSetting]) -> None:
    if not unknown:
        return
    first, *more = unknown
    if more:
        lines = [one.problem + (f" Did you mean {one.nearest}?" if one.nearest else "") for one in unknown]
        raise UsageError("\n  ".join(lines), fix="Correct them; the module's variables.tf says what each setting does.")
    takes = f"{'.'.join(first.parents) or 'The module'} takes {', '.join(first.known) or 'nothing'}."
    raise UsageError(first.problem, fix=f"Did you mean {first.nearest}? {takes}" if first.nearest else takes)


def _read(file: Path, notes: list[str]) -> hcl.Block:
    try:
        return tfvars_json.read_file(file) if file.suffix == ".json" else hcl.read_file(file)
    except hcl.UnreadableError as error:
        notes.append(f"{shown(file)}: its settings are not checked: {error}")
        return hcl.Block("", (), (), ())
