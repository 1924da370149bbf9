"""Have every distribution bring `eventbridge_schedules` along, which lies beside this folder in a clone.

The toolkit reads schedules with it too. A source distribution holds it as ``src/eventbridge_schedules``, so that a
wheel can be built from that alone.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

PACKAGE = "eventbridge_schedules"


class SchedulesHook(BuildHookInterface):  # type: ignore[type-arg]
    """Adds the package to what hatchling puts into a distribution."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Name the package's folder and its place. An editable installation finds it by ``dev-mode-dirs``."""
        if version == "editable":
            return
        root = Path(self.root)
        inside, beside = root / "src" / PACKAGE, root.parent / PACKAGE
        if self.target_name == "wheel":
            build_data["force_include"][str(inside if inside.is_dir() else beside)] = PACKAGE
        elif not inside.is_dir():
            build_data["force_include"][str(beside)] = f"src/{PACKAGE}"
