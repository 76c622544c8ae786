"""Where a request comes from, also behind a proxy: only of the proxies that we name their word is taken."""

from __future__ import annotations

import ipaddress
from collections.abc import Awaitable, Iterable
from typing import Any

from tornado.httpserver import HTTPServer
from tornado.httputil import HTTPHeaders, HTTPMessageDelegate, RequestStartLine, ResponseStartLine

from bedoeling_nb.errors import BadRequest
from bedoeling_nb.texts import N_

__all__ = ["Listener", "addresses"]

NEVER = ("X-Real-Ip", "X-Scheme")
"""Tornado prefers these, and a proxy that does not set them hands on what the client wrote."""

OF_PROXIES = ("X-Forwarded-For", "X-Forwarded-Proto")


def addresses(named: Iterable[str]) -> list[str]:
    """The addresses of proxies, as a socket writes them. Raises BadRequest for what is none."""
    found = []
    for one in named:
        try:
            found.append(str(ipaddress.ip_address(one)))
        except ValueError:
            raise BadRequest(
                N_("“{address}” is not the address of a proxy. Example: --trusted-proxy 127.0.0.1"), address=one
            ) from None
    return found


class Listener(HTTPServer):
    """Tornado's server, which by itself would take anybody's word for the address and the protocol."""

    def initialize(self, application: Any, proxies: Iterable[str] = ()) -> None:  # type: ignore[override]
        """Serve an application; ``proxies`` are those that are trusted."""
        self.proxies = frozenset(proxies)
        super().initialize(application, xheaders=bool(self.proxies), trusted_downstream=list(self.proxies))

    def start_request(self, server_conn: object, request_conn: Any) -> HTTPMessageDelegate:
        """Without the headers that are not to be believed."""
        asked = super().start_request(server_conn, request_conn)
        trusted = request_conn.context.address[0] in self.proxies
        return _Without(NEVER if trusted else (*NEVER, *OF_PROXIES), asked)


class _Without(HTTPMessageDelegate):
    def __init__(self, names: Iterable[str], delegate: HTTPMessageDelegate) -> None:
        self.names, self.delegate = names, delegate
        self.data_received = delegate.data_received  # type: ignore[method-assign]
        self.finish = delegate.finish  # type: ignore[method-assign]
        self.on_connection_close = delegate.on_connection_close  # type: ignore[method-assign]

    def headers_received(
        self, start_line: RequestStartLine | ResponseStartLine, headers: HTTPHeaders
    ) -> Awaitable[None] | None:
        for name in self.names:
            headers.pop(name, None)
        return self.delegate.headers_received(start_line, headers)
