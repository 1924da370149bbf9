"""An environment is an object: what differs between the local AWS and an account is asked of it alone."""

from __future__ import annotations

import ast
import json
import threading
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from awa_batch.batch.clients import Clients
from awa_batch.cli.words import FlagWords
from awa_batch.contract import Contract
from awa_batch.environment import AccountEnvironment, LocalEnvironment, environment_of
from awa_batch.errors import NotAppliedError
from awa_batch.paths import state_dir
from awa_batch.target import AccountTarget, LocalTarget, target_of
from local_batch.keys import draw
from local_batch.state import ServerInfo, write

PACKAGE = Path(__file__).resolve().parents[2] / "scripts" / "awa_batch"
URL = "http://127.0.0.1:4566"

ALLOWED = {
    "applied/state.py",  # there it is the type of a Terraform backend
    "environment/__init__.py",  # makes the environment of a target
    "target.py",  # makes the target of a name
}
"""Where the name, or the type of a target, may be compared."""


def test_the_name_makes_the_target() -> None:
    assert target_of("local") == LocalTarget()
    assert target_of("dev") == AccountTarget("dev")
    assert isinstance(environment_of("local"), LocalEnvironment)
    assert environment_of("dev") == AccountEnvironment(AccountTarget("dev"))


def test_a_contract_knows_its_target(contract: Contract) -> None:
    assert contract.target == LocalTarget()
    assert replace(contract, environment="prod").target == AccountTarget("prod")


@pytest.mark.parametrize("name", ["local", "dev"])
def test_what_is_missing_is_told_for_the_environment_that_misses_it(name: str) -> None:
    error = target_of(name).not_applied("it has no state")
    assert error.what == f"Environment '{name}' is not applied: it has no state."
    assert error.exit_code == 4
    _, fix = error.told(FlagWords("prod"))  # whatever else is worked on
    assert fix == ("Run `make up` first." if name == "local" else "Run `make plan apply ENV=dev` first.")


def test_only_the_local_aws_is_watched_closely_and_given_up_soon() -> None:
    local, account = LocalTarget().watch_intervals, AccountTarget("dev").watch_intervals
    assert local.first_tick < account.first_tick
    assert local.last_tick < account.last_tick
    assert local.outage_bound < account.outage_bound
    assert local.settle == 0 < account.settle


def test_the_variables_for_other_programs() -> None:
    assert LocalTarget().variables(URL, "x") == {
        "AWS_ENDPOINT_URL": URL,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_REGION": "x",
        "AWS_DEFAULT_REGION": "x",
    }
    assert "AWS_PROFILE" in LocalTarget().unset_variables
    assert "AWS_ENDPOINT_URL" not in LocalTarget().unset_variables
    assert AccountTarget("dev").unset_variables == ()


def test_addresses_of_single_services_do_not_win_over_the_local_aws(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:1")
    assert {"AWS_ENDPOINT_URL_S3", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"} <= set(LocalTarget().unset_variables)


def test_the_keys_are_those_of_the_server_at_the_address(project: Path) -> None:
    info = ServerInfo(1, 2, URL, "id", "2026-01-01T00:00:00Z", "process", "asked for", keys=draw())
    assert info.keys is not None
    state_dir().mkdir()
    write(state_dir(), info)
    assert LocalTarget().variables(URL).items() >= info.keys.variables().items()
    assert LocalTarget().variables("http://localhost:4566/").items() >= info.keys.variables().items()
    assert LocalTarget().variables("http://127.0.0.1:1")["AWS_ACCESS_KEY_ID"] == "test"  # another clone's
    connection = LocalTarget().connection(URL)
    assert connection["aws_access_key_id"] == info.keys.access_key_id
    assert connection["aws_secret_access_key"] == info.keys.secret_access_key


def test_the_keys_may_be_named_beside_the_address(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keys = draw().variables()
    for name, value in {"AWS_ENDPOINT_URL": f"{URL}/", **keys}.items():
        monkeypatch.setenv(name, value)
    assert LocalTarget().variables(URL).items() >= keys.items()
    assert LocalTarget().variables("http://127.0.0.1:1")["AWS_ACCESS_KEY_ID"] == "test"
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")  # an account's: it stays out
    assert LocalTarget().variables(URL)["AWS_ACCESS_KEY_ID"] == "test"


def test_a_server_with_an_address_for_containers_is_known_by_loopback_too(project: Path) -> None:
    info = ServerInfo(1, 4567, "http://172.17.0.1:4567", "id", "2026-01-01T00:00:00Z", "docker", "", keys=draw())
    assert info.keys is not None
    state_dir().mkdir()
    write(state_dir(), info)
    for url in ("http://172.17.0.1:4567", "http://127.0.0.1:4567", "http://localhost:4567/"):
        assert LocalTarget().variables(url).items() >= info.keys.variables().items()
    assert LocalTarget().variables("http://172.17.0.1:1")["AWS_ACCESS_KEY_ID"] == "test"


def test_a_job_reads_its_keys_where_the_local_aws_says(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keys = draw()
    answer = {"AccessKeyId": keys.access_key_id, "SecretAccessKey": keys.secret_access_key}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(json.dumps(answer).encode())

        def log_message(self, *_args: object) -> None: ...

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        url = f"http://127.0.0.1:{server.server_port}"
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        monkeypatch.setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://127.0.0.1:1/of-something-else")
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            monkeypatch.delenv(name, raising=False)
        assert LocalTarget().variables(url)["AWS_ACCESS_KEY_ID"] == "test"
        monkeypatch.setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", f"{url}/v2/credentials/x")
        thread = threading.Thread(target=server.handle_request)
        thread.start()
        assert LocalTarget().variables(url).items() >= keys.variables().items()
        thread.join()


def test_without_a_local_aws_the_step_is_named(project: Path) -> None:
    with pytest.raises(NotAppliedError, match=r"The local AWS is not running\.") as caught:
        LocalTarget().endpoint()
    assert caught.value.told(FlagWords("dev"))[1] == "Run `make up` first (or `awa-batch local up`)."


def test_an_address_that_is_known_or_set_is_not_looked_for(
    project: Path, contract: Contract, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert Clients(contract, endpoint_url=URL).s3.meta.endpoint_url == URL
    monkeypatch.setenv("AWS_ENDPOINT_URL", URL)
    assert LocalTarget().endpoint() == URL


def test_buckets_of_the_local_aws_are_paths(contract: Contract) -> None:
    assert Clients(contract, endpoint_url=URL).s3.meta.config.s3 == {"addressing_style": "path"}


def test_an_account_has_no_server_of_ours(project: Path) -> None:
    assert AccountTarget("dev").server_id(None) == ""
    assert AccountTarget("dev").is_lasting
    assert LocalTarget().server_id(None) == ""  # none runs
    assert not LocalTarget().is_lasting


def test_what_the_local_aws_has_not(project: Path) -> None:
    assert AccountTarget("dev").has_account
    assert not AccountTarget("dev").keeps_state_on_disk
    assert not LocalTarget().has_account
    assert LocalTarget().keeps_state_on_disk


def named(node: ast.AST) -> str | None:
    """Return the name that a name, an attribute or an import says last."""
    return getattr(node, "id", None) or getattr(node, "attr", None) or getattr(node, "name", None)


def asks_the_name(tree: ast.AST) -> bool:
    """Return whether code tells the local AWS from an account by name or by type, in place of asking the target."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare | ast.match_case):
            for part in ast.walk(node):
                if isinstance(part, ast.Constant) and part.value == "local":
                    return True
        if isinstance(node, ast.Name | ast.Attribute | ast.alias) and named(node) in {"LOCAL", "_LOCAL"}:
            return True
        is_of_types = isinstance(node, ast.Call) and named(node.func) == "isinstance"
        if (is_of_types or isinstance(node, ast.MatchClass)) and (
            {"LocalTarget", "AccountTarget"} & {named(part) for part in ast.walk(node)}
        ):
            return True
    return False


def test_nothing_else_compares_the_name() -> None:
    found = {
        path.relative_to(PACKAGE).as_posix()
        for path in PACKAGE.rglob("*.py")
        if asks_the_name(ast.parse(path.read_text(encoding="utf-8")))
    }
    assert found == ALLOWED, "ask `awa_batch.target` instead"


@pytest.mark.parametrize(
    "code",
    [
        "name == 'local'",
        "name in ('', 'local')",
        "match name:\n    case 'local': pass",
        "from awa_batch.target import LOCAL",
        "target.LOCAL == name",
        "name != _LOCAL",
        "isinstance(target, LocalTarget)",
        "isinstance(root.target, target.AccountTarget)",
        "match target:\n    case LocalTarget(): pass",
    ],
)
def test_such_code_is_found(code: str) -> None:
    assert asks_the_name(ast.parse(code))


@pytest.mark.parametrize("code", ["target_of(name).has_account", "name = 'local'", "target: LocalTarget"])
def test_other_code_is_not(code: str) -> None:
    assert not asks_the_name(ast.parse(code))
