"""What is said over the socket of the fork server.

Who wants a kernel connects and sends a `Launch`, with file descriptors: stdin, stdout, stderr, working directory. The
*child* answers `READY` with its process id and a pidfd of itself, once signals to its process group reach it and nobody
else. The *server* sends `EXIT` with the exit status over the same connection, when it has reaped the child.
"""

from __future__ import annotations

import array
import json
import os
import socket
import struct
from dataclasses import asdict, dataclass

__all__ = ["EXIT", "READY", "Launch", "peer", "receive_launch", "receive_notice", "send_launch", "send_notice"]

READY, EXIT = b"R", b"X"
_LENGTH = struct.Struct("!I")
_NOTICE = struct.Struct("!ci")
_LIMIT = 1 << 24


@dataclass(frozen=True)
class Launch:
    """What a child is to become."""

    argv: list[str]
    environment: dict[str, str]
    umask: int
    independent: bool
    """Whether it outlives who asked for it."""


def send_launch(connection: socket.socket, launch: Launch, descriptors: list[int]) -> None:
    """Ask for a child."""
    body = json.dumps(asdict(launch)).encode()  # ASCII: what is no UTF-8 in the environment survives as surrogates
    socket.send_fds(connection, [_LENGTH.pack(len(body))], descriptors)
    connection.sendall(body)


def receive_launch(connection: socket.socket) -> tuple[Launch, list[int]]:
    """The launch, and its descriptors. Raises OSError or ValueError, and then has closed them."""
    head, descriptors, _, _ = socket.recv_fds(connection, _LENGTH.size, 4)
    try:
        if len(head) != _LENGTH.size or len(descriptors) != 4:
            raise ValueError("not a launch")  # noqa: TRY301
        (length,) = _LENGTH.unpack(head)
        if length > _LIMIT:
            raise ValueError("too long a launch")  # noqa: TRY301
        return Launch(**json.loads(_exactly(connection, length))), descriptors
    except BaseException:
        for descriptor in descriptors:
            os.close(descriptor)
        raise


def send_notice(connection: socket.socket, kind: bytes, value: int, *descriptors: int) -> None:
    """Tell that the child is ready (with its pidfd), or its exit status."""
    ancillary = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", descriptors))] if descriptors else []
    connection.sendmsg([_NOTICE.pack(kind, value)], ancillary)


def receive_notice(connection: socket.socket) -> tuple[bytes, int, list[int]] | None:
    """The kind, its value and its descriptors; None when the other end is gone."""
    data, descriptors, _, _ = socket.recv_fds(connection, _NOTICE.size, 1)
    if len(data) != _NOTICE.size:  # five bytes at once always come at once
        return None
    kind, value = _NOTICE.unpack(data)
    return kind, value, descriptors


def peer(connection: socket.socket) -> tuple[int, int]:
    """Process id and user id at the other end, as the system knows them."""
    credentials = struct.Struct("3i")
    pid, uid, _ = credentials.unpack(connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, credentials.size))
    return pid, uid


def _exactly(connection: socket.socket, length: int) -> bytes:
    pieces: list[bytes] = []
    while length:
        piece = connection.recv(min(length, 1 << 16))
        if not piece:
            raise ValueError("the launch breaks off")
        pieces.append(piece)
        length -= len(piece)
    return b"".join(pieces)
