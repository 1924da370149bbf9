"""A bare S3 on files, for measuring and testing jobs: ``python -m bench.s3_server FOLDER [--port N] [--verify]``.

moto reads the whole object for each range and copies it several times, so that no client is faster than it. This one
sends from files with sendfile(2), and joins objects without touching their bytes. It refuses what S3 refuses of
the calls that it knows: parts too small, ranges that are none, If-Match and If-None-Match, checksums (``--verify``:
computing them costs time that a client is to have). Signatures are not looked at: loopback only.
"""

from __future__ import annotations

import argparse
import base64
import itertools
import os
import re
import socket
import sys
import threading
import time
import urllib.parse
import uuid
import zlib
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from xml.etree import ElementTree
from xml.sax.saxutils import escape

MIN_PART = 5 << 20
"""Bytes that every part but the last must have ("EntityTooSmall", S3 User Guide, multipart upload limits)."""

MAX_PARTS = 10_000
_BUFFER = 1 << 20
_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
_KEPT = ("content-type", "content-encoding", "cache-control")


class RefusedError(Exception):
    """What S3 answers in place of a result: its code, and the HTTP status."""

    def __init__(self, code: str, status: int) -> None:
        super().__init__(code)
        self.code, self.status = code, status


@dataclass(frozen=True)
class Segment:
    """Bytes of one file."""

    file: int
    start: int
    size: int


@dataclass
class Stored:
    """An object, or a part of one."""

    segments: list[Segment]
    etag: str
    headers: dict[str, str] = field(default_factory=dict)
    modified: float = field(default_factory=time.time)
    crc32: int | None = None

    @property
    def size(self) -> int:
        """Bytes of it."""
        return sum(segment.size for segment in self.segments)

    def cut(self, start: int, end: int) -> list[Segment]:
        """Return the segments of the bytes from ``start`` up to ``end``."""
        found, at = [], 0
        for segment in self.segments:
            first, last = max(start - at, 0), min(end - at, segment.size)
            if first < last:
                found.append(Segment(segment.file, segment.start + first, last - first))
            at += segment.size
        return found


@dataclass
class Upload:
    """A multipart upload that is under way."""

    key: str
    headers: dict[str, str]
    algorithm: str | None
    whole: bool
    parts: dict[int, Stored] = field(default_factory=dict)


class Store:
    """Buckets, their objects, and what was asked: ``calls`` by operation, ``received`` and ``sent`` in bytes.

    ``hook`` is called with the operation and the key before each, and may raise RefusedError.
    """

    def __init__(self, folder: Path, *, verify: bool = False) -> None:
        self.folder, self.verify = folder, verify
        self.hook: Callable[[str, str], None] = lambda _operation, _key: None
        self.objects: dict[str, dict[str, Stored]] = {}
        self.uploads: dict[str, Upload] = {}
        self.calls: Counter[str] = Counter()
        self.received = self.sent = 0
        self.lock = threading.Lock()
        self._numbers = itertools.count()

    def new_file(self) -> int:
        """Return a descriptor of a file that no name leads to."""
        path = self.folder / str(next(self._numbers))
        number = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL)
        path.unlink()
        return number

    def find(self, bucket: str, key: str) -> Stored:
        """Return an object. Raises RefusedError where there is none."""
        found = self.bucket(bucket).get(key)
        if found is None:
            raise RefusedError("NoSuchKey", 404)
        return found

    def bucket(self, name: str) -> dict[str, Stored]:
        """Return a bucket's objects by key. Raises RefusedError where there is no such bucket."""
        if name not in self.objects:
            raise RefusedError("NoSuchBucket", 404)
        return self.objects[name]

    def check(self, stored: Stored, told: str | None) -> None:
        """Hold a CRC32 that the client told against the bytes. Raises RefusedError."""
        if not self.verify:
            return
        stored.crc32 = 0
        for segment in stored.segments:
            for at in range(0, segment.size, _BUFFER):
                size = min(_BUFFER, segment.size - at)
                stored.crc32 = zlib.crc32(os.pread(segment.file, size, segment.start + at), stored.crc32)
        if told is not None and told != base64.b64encode(stored.crc32.to_bytes(4, "big")).decode():
            raise RefusedError("BadDigest", 400)


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    wbufsize = 1 << 16
    disable_nagle_algorithm = True
    store: Store  # of the class that `serve` makes

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def handle_expect_100(self) -> bool:
        """Let a client that waits for it (boto3 does) send its body at once."""
        super().handle_expect_100()
        self.wfile.flush()
        return True

    def _run(self) -> None:
        parsed = urllib.parse.urlsplit(self.path)
        bucket, _, key = urllib.parse.unquote(parsed.path[1:]).partition("/")
        self.query = {name: value[0] for name, value in urllib.parse.parse_qs(parsed.query, True).items()}
        self.left = int(self.headers.get("Content-Length") or 0)
        try:
            self._dispatch(bucket, key)
        except RefusedError as error:
            self._drop_body()
            body = f"{_HEAD}<Error><Code>{error.code}</Code><Message>{error.code}</Message></Error>".encode()
            self._answer(error.status, {"Content-Type": "application/xml"}, b"" if self.command == "HEAD" else body)
        except (ConnectionError, TimeoutError):
            self.close_connection = True

    do_GET = do_PUT = do_POST = do_HEAD = do_DELETE = _run  # noqa: N815 - http.server's names

    def _dispatch(self, bucket: str, key: str) -> None:
        name = "object" if key else "bucket"
        if "uploads" in self.query:
            name = "uploads"
        elif "uploadId" in self.query:
            name = "part" if self.command == "PUT" else "upload"
        elif "delete" in self.query:
            name = "objects"
        do = getattr(self, f"{self.command.lower()}_{name}", None)
        if do is None or "STREAMING" in self.headers.get("x-amz-content-sha256", ""):
            raise RefusedError("NotImplemented", 501)
        self.store.calls[do.__name__] += 1
        self.store.hook(do.__name__, key)
        do(bucket, key)

    # -------------------------------------------------------- buckets

    def put_bucket(self, bucket: str, _key: str) -> None:
        """CreateBucket."""
        self._drop_body()
        self.store.objects.setdefault(bucket, {})
        self._answer(200, {})

    def head_bucket(self, bucket: str, _key: str) -> None:
        """HeadBucket."""
        self.store.bucket(bucket)
        self._answer(200, {})

    def get_bucket(self, bucket: str, _key: str) -> None:
        """ListObjectsV2, all on one page."""
        prefix = self.query.get("prefix", "")
        rows = "".join(
            f"<Contents><Key>{escape(key)}</Key><Size>{stored.size}</Size><ETag>{escape(stored.etag)}</ETag>"
            f"<LastModified>{_iso(stored.modified)}</LastModified></Contents>"
            for key, stored in sorted(self.store.bucket(bucket).items())
            if key.startswith(prefix)
        )
        self._xml(f"<ListBucketResult><IsTruncated>false</IsTruncated>{rows}</ListBucketResult>")

    def post_objects(self, bucket: str, _key: str) -> None:
        """DeleteObjects."""
        for element in ElementTree.fromstring(self._body()).iter():  # noqa: S314 - from our own clients
            if element.tag.endswith("Key"):
                self.store.bucket(bucket).pop(element.text or "", None)
        self._xml("<DeleteResult/>")

    # -------------------------------------------------------- objects

    def get_object(self, bucket: str, key: str) -> None:
        """GetObject, of a range too."""
        stored = self.store.find(bucket, key)
        self._match(stored, "If-Match")
        start, end = 0, stored.size
        wanted = re.fullmatch(r"bytes=(\d*)-(\d*)", self.headers.get("Range", ""))
        if wanted and wanted[1]:
            start, end = int(wanted[1]), min(int(wanted[2] or stored.size) + 1, stored.size)
        elif wanted and wanted[2]:
            start = max(stored.size - int(wanted[2]), 0)
        if wanted and start >= stored.size:
            raise RefusedError("InvalidRange", 416)
        headers = self._described(stored) | {"Content-Length": str(end - start)}
        if wanted:
            headers["Content-Range"] = f"bytes {start}-{end - 1}/{stored.size}"
        self._answer(206 if wanted else 200, headers, None)
        self.wfile.flush()
        for segment in stored.cut(start, end):
            at, stop = segment.start, segment.start + segment.size
            while at < stop:
                at += os.sendfile(self.connection.fileno(), segment.file, at, stop - at)
        self.store.sent += end - start

    def head_object(self, bucket: str, key: str) -> None:
        """HeadObject."""
        stored = self.store.find(bucket, key)
        self._match(stored, "If-Match")
        self._answer(200, self._described(stored) | {"Content-Length": str(stored.size)}, None)

    def put_object(self, bucket: str, key: str) -> None:
        """PutObject and CopyObject."""
        source = self.headers.get("x-amz-copy-source")
        stored = self._copied(source) if source else self._received()
        stored.headers = self._given()
        with self.store.lock:
            self._absent(bucket, key)
            self.store.bucket(bucket)[key] = stored
        if source:
            self._xml(f"<CopyObjectResult><ETag>{escape(stored.etag)}</ETag></CopyObjectResult>")
        else:
            self._answer(200, {"ETag": stored.etag})

    def delete_object(self, bucket: str, key: str) -> None:
        """DeleteObject."""
        self.store.bucket(bucket).pop(key, None)
        self._answer(204, {})

    # -------------------------------------------------------- multipart uploads

    def post_uploads(self, bucket: str, key: str) -> None:
        """CreateMultipartUpload."""
        self._drop_body()
        self.store.bucket(bucket)
        number = uuid.uuid4().hex
        algorithm = self.headers.get("x-amz-checksum-algorithm")
        whole = self.headers.get("x-amz-checksum-type", "COMPOSITE") == "FULL_OBJECT"
        self.store.uploads[number] = Upload(key, self._given(), algorithm, whole)
        self._xml(f"<InitiateMultipartUploadResult><UploadId>{number}</UploadId></InitiateMultipartUploadResult>")

    def get_uploads(self, _bucket: str, _key: str) -> None:
        """ListMultipartUploads."""
        rows = "".join(
            f"<Upload><Key>{escape(upload.key)}</Key><UploadId>{number}</UploadId></Upload>"
            for number, upload in self.store.uploads.items()
        )
        self._xml(f"<ListMultipartUploadsResult><IsTruncated>false</IsTruncated>{rows}</ListMultipartUploadsResult>")

    def put_part(self, _bucket: str, _key: str) -> None:
        """UploadPart and UploadPartCopy."""
        upload, number = self._upload(), int(self.query["partNumber"])
        if not 1 <= number <= MAX_PARTS:
            raise RefusedError("InvalidArgument", 400)
        told = self.headers.get("x-amz-checksum-crc32")
        if told is not None and upload.algorithm not in (None, "CRC32"):
            raise RefusedError("InvalidRequest", 400)  # "Checksum Type mismatch occurred"
        source = self.headers.get("x-amz-copy-source")
        stored = self._copied(source) if source else self._received()
        upload.parts[number] = stored
        if source:
            self._xml(f"<CopyPartResult><ETag>{escape(stored.etag)}</ETag></CopyPartResult>")
        else:
            self._answer(200, {"ETag": stored.etag} | ({"x-amz-checksum-crc32": told} if told else {}))

    def post_upload(self, bucket: str, key: str) -> None:
        """CompleteMultipartUpload."""
        upload = self._upload()
        tree = ElementTree.fromstring(self._body())  # noqa: S314 - from our own clients
        named = []
        for part in (element for element in tree if element.tag.endswith("Part")):
            values = {child.tag.rpartition("}")[2]: child.text or "" for child in part}
            stored = upload.parts.get(int(values["PartNumber"]))
            if stored is None or stored.etag.strip('"') != values["ETag"].strip('"'):
                raise RefusedError("InvalidPart", 400)
            # A checksum of checksums needs all of them (boto/s3transfer#241).
            if upload.algorithm is not None and not upload.whole and f"Checksum{upload.algorithm}" not in values:
                raise RefusedError("InvalidRequest", 400)
            named.append(stored)
        if not named or any(part.size < MIN_PART for part in named[:-1]):
            raise RefusedError("EntityTooSmall" if named else "MalformedXML", 400)
        joined = Stored([segment for part in named for segment in part.segments], _etag(len(named)), upload.headers)
        told = self.headers.get("x-amz-mp-object-size")
        if told is not None and int(told) != joined.size:
            raise RefusedError("InvalidRequest", 400)
        self.store.check(joined, self.headers.get("x-amz-checksum-crc32"))
        with self.store.lock:
            self._absent(bucket, key)
            self.store.bucket(bucket)[key] = joined
        del self.store.uploads[self.query["uploadId"]]
        etag = f"<ETag>{escape(joined.etag)}</ETag>"
        self._xml(f"<CompleteMultipartUploadResult>{etag}</CompleteMultipartUploadResult>")

    def delete_upload(self, _bucket: str, _key: str) -> None:
        """AbortMultipartUpload."""
        self._upload()
        del self.store.uploads[self.query["uploadId"]]
        self._answer(204, {})

    # -------------------------------------------------------- parts of the above

    def _upload(self) -> Upload:
        found = self.store.uploads.get(self.query["uploadId"])
        if found is None:
            raise RefusedError("NoSuchUpload", 404)
        return found

    def _match(self, stored: Stored, header: str) -> None:
        wanted = self.headers.get(header)
        if wanted is not None and wanted.strip('"') != stored.etag.strip('"'):
            raise RefusedError("PreconditionFailed", 412)

    def _absent(self, bucket: str, key: str) -> None:
        if self.headers.get("If-None-Match") == "*" and key in self.store.bucket(bucket):
            raise RefusedError("PreconditionFailed", 412)

    def _copied(self, source: str) -> Stored:
        self._drop_body()
        bucket, _, key = urllib.parse.unquote(source).lstrip("/").partition("/")
        stored = self.store.find(bucket, key)
        self._match(stored, "x-amz-copy-source-if-match")
        wanted = re.fullmatch(r"bytes=(\d+)-(\d+)", self.headers.get("x-amz-copy-source-range", ""))
        start, end = (int(wanted[1]), int(wanted[2]) + 1) if wanted else (0, stored.size)
        # "only if the source object is greater than 5 MB" (API reference, UploadPartCopy)
        if end > stored.size or start >= end or (wanted and stored.size <= MIN_PART):
            raise RefusedError("InvalidRequest", 400)
        return Stored(stored.cut(start, end), _etag())

    def _received(self) -> Stored:
        file, size = self.store.new_file(), self.left
        buffer = memoryview(bytearray(_BUFFER))
        while self.left:
            got = self.rfile.readinto(buffer[: min(self.left, _BUFFER)])  # type: ignore[attr-defined]
            if not got:
                raise ConnectionError
            self.left -= got
            written = 0
            while written < got:
                written += os.write(file, buffer[written:got])
        self.store.received += size
        stored = Stored([Segment(file, 0, size)] if size else [], _etag())
        self.store.check(stored, self.headers.get("x-amz-checksum-crc32"))
        return stored

    def _body(self) -> bytes:
        data, self.left = self.rfile.read(self.left), 0
        return data

    def _drop_body(self) -> None:
        while self.left and (data := self.rfile.read(min(self.left, _BUFFER))):
            self.left -= len(data)

    def _given(self) -> dict[str, str]:
        return {k: v for k, v in self.headers.items() if k.lower() in _KEPT or k.lower().startswith("x-amz-meta-")}

    def _described(self, stored: Stored) -> dict[str, str]:
        modified = time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime(stored.modified))
        return {"ETag": stored.etag, "Last-Modified": modified, "Accept-Ranges": "bytes", **stored.headers}

    def _xml(self, text: str) -> None:
        self._answer(200, {"Content-Type": "application/xml"}, (_HEAD + text).encode())

    def _answer(self, status: int, headers: dict[str, str], body: bytes | None = b"") -> None:
        """Send the head, and the body unless it is None: then the caller says its length and sends it."""
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if body is not None:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if body:
            self.wfile.write(body)


def _etag(parts: int = 0) -> str:
    return f'"{uuid.uuid4().hex}{f"-{parts}" if parts else ""}"'


def _iso(seconds: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime(seconds))


class Server(ThreadingHTTPServer):
    """The server; ``store`` is what it holds."""

    daemon_threads = True
    request_queue_size = 128
    block_on_close = False

    def __init__(self, store: Store, port: int = 0) -> None:
        self.store = store
        super().__init__(("127.0.0.1", port), type("Bound", (Handler,), {"store": store}))

    @property
    def endpoint(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.server_port}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of peers that went away."""
        if not isinstance(sys.exc_info()[1], ConnectionError | socket.timeout):
            super().handle_error(request, client_address)


def main() -> None:
    """Serve until killed; print the address first."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--verify", action="store_true")
    asked = parser.parse_args()
    server = Server(Store(asked.folder, verify=asked.verify), asked.port)
    print(server.endpoint, flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
