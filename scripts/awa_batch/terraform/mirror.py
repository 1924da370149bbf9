"""Find a provider filesystem mirror, so that ``terraform init`` needs no network where one is at hand."""

from __future__ import annotations

import contextlib
import os
import platform
import re
import sys
from pathlib import Path

from awa_batch.errors import UsageError

VARIABLE = "TF_PLUGIN_DIR"
_LOCKED = re.compile(r'provider\s+"([^"]+)"\s*\{[^}]*?version\s*=\s*"([^"]+)"', re.DOTALL)


def locked_providers(lock_file: Path) -> dict[str, str]:
    """Return provider address → version, as a ``.terraform.lock.hcl`` pins them ({} where there is no file)."""
    return dict(_LOCKED.findall(lock_file.read_text())) if lock_file.is_file() else {}


def platform_name() -> str:
    """Return this machine as Terraform names it, for example ``linux_amd64``."""
    system = {"darwin": "darwin", "win32": "windows"}.get(sys.platform, "linux")
    machine = platform.machine().lower()
    return f"{system}_{ {'x86_64': 'amd64', 'aarch64': 'arm64'}.get(machine, machine) }"


def candidate_dirs(opt: Path = Path("/opt")) -> list[Path]:
    """Return where a mirror may lie: Terraform's implied mirror directories, then one level under /opt.

    The implied ones are those of "Implied Local Mirror Directories" in Terraform's CLI configuration manual.
    """
    home = Path.home()
    found = [home / ".terraform.d/plugins"]
    if sys.platform == "darwin":
        found += [home / "Library/Application Support/io.terraform/plugins"]
        found += [Path("/Library/Application Support/io.terraform/plugins")]
    else:
        data_home = os.environ.get("XDG_DATA_HOME")
        data_dirs = os.environ.get("XDG_DATA_DIRS") or "/usr/local/share:/usr/share"
        found += [Path(data_home) if data_home else home / ".local/share"]
        found[-1] /= "terraform/plugins"
        found += [Path(folder) / "terraform/plugins" for folder in data_dirs.split(":") if folder]
    with contextlib.suppress(OSError):  # no /opt, or not for us
        # os.path.isdir, unlike Path.is_dir, takes a folder that we may not look into for one that is not there.
        found += sorted(folder for folder in opt.iterdir() if os.path.isdir(folder / "registry.terraform.io"))
    return found


def holds(mirror: Path, providers: dict[str, str]) -> bool:
    """Tell whether ``mirror`` has every provider at its version for this machine, unpacked or as a zip."""
    target = platform_name()
    for address, version in providers.items():
        folder = mirror / address
        kind = address.rsplit("/", 1)[1]
        packed = folder / f"terraform-provider-{kind}_{version}_{target}.zip"
        if not (os.path.isdir(folder / version / target) or os.path.isfile(packed)):
            return False
    return bool(providers)


def find_mirror(lock_file: Path) -> Path | None:
    """Return the first mirror that serves all that ``lock_file`` pins, or None: then the registry is asked.

    Raises UsageError where ``TF_PLUGIN_DIR`` names a folder that cannot serve them.
    """
    providers = locked_providers(lock_file)
    named = os.environ.get(VARIABLE)
    if named:
        mirror = Path(named).expanduser().resolve()
        if not (holds(mirror, providers) if providers else mirror.is_dir()):
            wanted = ", ".join(f"{address} {version}" for address, version in providers.items()) or "providers"
            raise UsageError(
                f"{VARIABLE}={named} does not hold {wanted} for {platform_name()}.",
                fix="Name a directory that holds registry.terraform.io/…, or unset it to use the registry.",
            )
        return mirror
    return next((folder for folder in candidate_dirs() if holds(folder, providers)), None)
