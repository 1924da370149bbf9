"""Ask a registry what it holds, by the API that every registry has (OCI distribution specification)."""

from __future__ import annotations

import hashlib
from typing import Any
from urllib.parse import urlsplit

from awa_batch.errors import AwsError, NotThereError
from awa_batch.images.facts import ImageFacts, facts_of
from awa_batch.text import Field

SECONDS = 30.0
"""How long one answer may take."""
LOOPBACK = ("127.0.0.1", "localhost")
"""Where a registry may speak plain HTTP."""
MANIFESTS = (
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
)


class RegistryApi:
    """One repository of a registry. ``repository`` is ``host[:port]/name``; ``auth`` a user and password for it."""

    def __init__(self, repository: str, auth: tuple[str, str] | None = None) -> None:
        host, _, self._name = repository.partition("/")
        scheme = "http" if host.split(":", 1)[0] in LOOPBACK else "https"
        self._base = f"{scheme}://{host}/v2/{self._name}"
        self._auth = auth
        self._repository = repository

    def tags(self) -> list[str]:
        """Return the repository's tags; none where it does not exist yet. Raises AwsError."""
        try:
            return sorted(self._json(f"{self._base}/tags/list").get("tags") or ())
        except NotThereError:
            return []

    def digest(self, reference: str) -> str | None:
        """Return the digest of a tag, None where there is no such image. Raises AwsError."""
        try:
            return str(self._get(f"{self._base}/manifests/{reference}").headers["Docker-Content-Digest"])
        except NotThereError:
            return None

    def manifest(self, reference: str) -> tuple[bytes, str]:
        """Return the manifest of an image, byte for byte, and its media type. Raises NotThereError, AwsError."""
        answer = self._get(f"{self._base}/manifests/{reference}")
        return answer.content, str(answer.headers.get("Content-Type", ""))

    def put_manifest(self, reference: str, content: bytes, kind: str) -> str:
        """Put a manifest of media type ``kind`` under a tag; return its digest. Raises AwsError."""
        answer = self._ask("PUT", f"{self._base}/manifests/{reference}", {"Content-Type": kind}, content)
        return str(answer.headers["Docker-Content-Digest"])

    def config_digest(self, reference: str) -> str | None:
        """Return the digest of an image's configuration; None for an index, which has none. Raises AwsError."""
        config = self._json(f"{self._base}/manifests/{reference}").get("config") or {}
        return str(config["digest"]) if "digest" in config else None

    def digest_checked(self, reference: str) -> str:
        """Return the digest of a tag, computed from what the registry answers.

        Raises NotThereError, AwsError, also where the registry says another digest than that of what it sends.
        """
        answer = self._get(f"{self._base}/manifests/{reference}")
        digest = f"sha256:{hashlib.sha256(answer.content).hexdigest()}"
        said = answer.headers.get("Docker-Content-Digest", digest)  # optional ("Pulling manifests" there)
        if said != digest:
            raise AwsError(
                f"The registry of {self._repository} calls {reference} {said[:80]}, and sends {digest}.",
                fix="Something on the way changes what it sends: check the proxy.",
            )
        return digest

    def facts(self, reference: str) -> ImageFacts:
        """Return what the image of a tag or digest is; of an index, its first image that runs somewhere.

        Raises NotThereError, AwsError.
        """
        answer = self._get(f"{self._base}/manifests/{reference}")
        digest, manifest = str(answer.headers["Docker-Content-Digest"]), answer.json()
        if entries := manifest.get("manifests"):
            # What describes an image (provenance) is in its index too, for a platform that is none.
            runs = [one for one in entries if (one.get("platform") or {}).get("os") != "unknown"] or entries
            manifest = self._json(f"{self._base}/manifests/{runs[0]['digest']}")
        config = self._json(f"{self._base}/blobs/{manifest['config']['digest']}")
        return facts_of(digest, manifest, config)

    def _json(self, url: str) -> Any:
        return self._get(url).json()

    def _get(self, url: str) -> Any:
        return self._ask("GET", url, {"Accept": ", ".join(MANIFESTS)})

    def _ask(self, method: str, url: str, headers: dict[str, str], content: bytes | None = None) -> Any:
        import requests

        try:
            # It leaves the password out where it is led to another host, as ECR leads to S3.
            with requests.Session() as session:
                session.trust_env = self._base.startswith("https:")  # a company's proxy is not asked for loopback
                answer = session.request(method, url, headers=headers, data=content, auth=self._auth, timeout=SECONDS)
                if answer.status_code == 401 and (token := self._token(session, answer)):
                    headers = {**headers, "Authorization": f"Bearer {token}"}
                    answer = session.request(method, url, headers=headers, data=content, timeout=SECONDS)
        except requests.RequestException as error:
            raise AwsError(
                f"The registry of {self._repository} does not answer: {_line(error)}.",
                fix="Check the network, or that it runs.",
            ) from None
        if answer.status_code == 404:
            raise NotThereError(
                Field("image", self._repository), ": the registry has no such image.", fix="Push it first."
            )
        if answer.status_code not in (200, 201):
            said = " ".join(answer.text.split())[:200]
            raise AwsError(
                f"The registry of {self._repository} answered {answer.status_code}: {said}",
                fix="Check that you may pull from it, and push to it."
                if content
                else "Check that you may pull from it.",
            )
        return answer

    def _token(self, session: Any, refused: Any) -> str:
        """Return a token for the answer that asked for one, "" where it did not, or none is given.

        Docker Hub and ghcr.io want one even for what is public (distribution.github.io/distribution/spec/auth/token).
        """
        from requests.utils import parse_dict_header

        scheme, _, rest = refused.headers.get("WWW-Authenticate", "").partition(" ")
        challenge = parse_dict_header(rest) if scheme.lower() == "bearer" else {}  # type: ignore[no-untyped-call]
        realm = urlsplit(challenge.get("realm") or "")
        # A password goes nowhere unencrypted, whatever a registry says.
        if realm.scheme != "https" and not (realm.scheme == "http" and realm.hostname in LOOPBACK):
            return ""
        asked = {"scope": challenge.get("scope") or f"repository:{self._name}:pull"}
        if challenge.get("service"):
            asked["service"] = challenge["service"]
        answer = session.get(realm.geturl(), params=asked, auth=self._auth, timeout=SECONDS)
        if answer.status_code != 200:
            return ""
        try:
            given = answer.json()
            return str(given.get("token") or given.get("access_token") or "")
        except (ValueError, AttributeError):
            return ""


def _line(error: Exception) -> str:
    """Return the innermost reason: requests wraps it in the whole story of its tries."""
    reason = error.args[0] if error.args else error
    return " ".join(str(getattr(reason, "reason", reason)).split())[:200]
