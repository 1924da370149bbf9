"""Stand-in docker commands: shell scripts on PATH that answer as the real ones do."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

FakeDocker = Callable[..., Path]

SERVER = '{"Version":"27.0.1","Platform":{"Name":"Docker Engine - Community"}}'

SCRIPT = """#!/bin/sh
echo "$(basename "$(dirname "$0")") $*" >>"{log}"
case "$1 $2 $3" in
  "version --format {{{{json .Server}}}}") {version} ;;
  "version --format {{{{.Client.Version}}}}") echo {client} ;;
  "context show "*) echo default ;;
  "buildx version "*) {buildx} ;;
  "image inspect "*) {inspect} ;;
  "pull --quiet "*) {pull} ;;
  *) {other} ;;
esac
"""


@pytest.fixture
def docker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeDocker:
    """Return a function that puts one more docker command at the end of PATH (`log` holds all calls)."""
    folders: list[str] = []
    monkeypatch.setenv("PATH", "/usr/bin-none")
    for name in ("DOCKER_HOST", "PYTHON_IMAGE", "UV_IMAGE", "CA_BUNDLE", "SSL_CERT_FILE"):
        monkeypatch.delenv(name, raising=False)

    def add(
        name: str,
        *,
        version: str = f"echo '{SERVER}'",
        client: str = "27.0.1",
        buildx: str = "exit 1",
        inspect: str = "exit 1",
        pull: str = "exit 1",
        other: str = "exit 0",
    ) -> Path:
        folder = tmp_path / name
        folder.mkdir()
        path = folder / "docker"
        path.write_text(
            SCRIPT.format(
                log=tmp_path / "log",
                version=version,
                client=client,
                buildx=buildx,
                inspect=inspect,
                pull=pull,
                other=other,
            )
        )
        path.chmod(0o755)
        folders.append(str(folder))
        monkeypatch.setenv("PATH", ":".join([*folders, "/usr/bin", "/bin"][: len(folders)]))
        # The scripts' own tools are not looked up through PATH entries that could hold a real docker.
        path.write_text(path.read_text().replace("#!/bin/sh\n", "#!/bin/sh\nPATH=/usr/bin:/bin\n", 1))
        return path

    return add


@pytest.fixture
def calls(tmp_path: Path) -> Callable[[], list[str]]:
    def read() -> list[str]:
        log = tmp_path / "log"
        return log.read_text().splitlines() if log.exists() else []

    return read
