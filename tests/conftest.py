"""What every tier needs: the job side of the project on the path, as the image has it installed."""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "container" / "runtime")]
