"""A proxy, by SOCKS5 or CONNECT, to a server of another name with a certificate authority of its own."""

from __future__ import annotations

import shutil
import socket
import ssl
import threading
from contextlib import suppress
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

import trustme

from edges_nb.settings import ServedSandbox

HOST = "edges.invalid"
"""The host at the end of the tunnel: no resolver knows it, so that what arrives came through the proxy."""


class Tunnel:
    """Stands for the proxy and for the server behind it, whose answers are a sandbox's.

    Attributes:
        authority: the file of the certificate that the server's was signed with.
        key: the sandbox's.
        hosts: whom the proxy was asked for, by the protocol that it was asked in.
    """

    def __init__(self, sandbox: ServedSandbox, folder: Path) -> None:
        self.key, self._inside = sandbox.key, urlsplit(sandbox.base_url)
        self.authority = folder / "authority.pem"
        authority = trustme.CA()
        authority.cert_pem.write_to_path(str(self.authority))
        self._tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        authority.issue_cert(HOST).configure_cert(self._tls)
        self.hosts: set[tuple[str, str]] = set()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._accept, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()

    def hashed_folder(self, folder: Path) -> Path:
        """Make a folder as SSL_CERT_DIR names one: each file's name is the hash of its subject."""
        folder.mkdir()
        from subprocess import run

        asked = ["openssl", "x509", "-noout", "-subject_hash", "-in", str(self.authority)]
        name = run(asked, capture_output=True, text=True, check=True).stdout.strip()
        shutil.copyfile(self.authority, folder / f"{name}.0")
        return folder

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        # A client that trusts nobody hangs up.
        with suppress(OSError), client:
            first = client.recv(1)
            host = self._socks(client) if first == b"\x05" else self._connect(client)
            self.hosts.add(("socks5" if first == b"\x05" else "connect", host))
            where = (str(self._inside.hostname), self._inside.port or 80)
            with (
                self._tls.wrap_socket(client, server_side=True) as outer,
                socket.create_connection(where) as inner,
            ):
                back = threading.Thread(target=_pour, args=(inner, outer), daemon=True)
                back.start()
                _pour(outer, inner)
                back.join()

    @staticmethod
    def _socks(client: socket.socket) -> str:
        client.recv(client.recv(1)[0])  # ways to log in; none is asked for
        client.sendall(b"\x05\x00")
        client.recv(4)  # version, CONNECT, reserved, and that a name follows
        host = client.recv(client.recv(1)[0]).decode()
        client.recv(2)
        client.sendall(b"\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00")
        return host

    @staticmethod
    def _connect(client: socket.socket) -> str:
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += client.recv(1)
        client.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        return head.split()[1].decode().partition(":")[0]


def _pour(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while content := source.recv(1 << 16):
            target.sendall(content)
        target.shutdown(socket.SHUT_WR)
