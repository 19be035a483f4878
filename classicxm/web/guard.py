"""What stands before every route: names, tokens, origins, sizes and times, and the headers of every answer."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qsl, urlencode, urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from classicxm.web.settings import Settings

__all__ = ["Guard"]

COOKIE = "classicxm-token"
#: Nothing is loaded from elsewhere, no script stands in a page, nobody frames it.
POLICY = (
    "default-src 'self'; img-src 'self' blob:; media-src 'self' blob:; object-src 'none'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'"
)
HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "x-frame-options": "DENY",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "microphone=(self), camera=(), geolocation=()",
}
SAFE = ("GET", "HEAD", "OPTIONS")


class Guard:
    """The application behind checks of who asks, from where, how much and how slowly."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self.app, self.settings = app, settings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def guarded_send(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
                headers.setdefault("cache-control", "no-store")
            await send(message)

        refusal = self._refusal(scope, Headers(scope=scope))
        if refusal is not None:
            await refusal(scope, receive, guarded_send)
            return
        await self.app(scope, self._bounded(receive), guarded_send)

    def _refusal(self, scope: Scope, headers: Headers) -> Response | None:
        """The answer to a request that is not let in, or None."""
        hosts = headers.getlist("host")
        if len(hosts) != 1 or not self.settings.allows_host(hosts[0]):
            return _refused(400, "this server does not go by the name in the Host header; ask it by its own")
        origin = headers.get("origin")
        if scope["method"] not in SAFE and origin is not None and urlsplit(origin).netloc != hosts[0]:
            return _refused(403, "the request comes from a page of another site")
        if scope["method"] not in SAFE and headers.get("sec-fetch-site", "same-origin") not in (
            "same-origin",
            "none",
        ):
            return _refused(403, "the request comes from a page of another site")
        length = headers.get("content-length", "0")
        if not length.isdigit() or len(length) > 15:
            return _refused(400, "the Content-Length header is not a number")
        if int(length) > self.settings.limits.bytes:
            return _refused(
                413,
                f"the body has {int(length):,} bytes, more than the limit of {self.settings.limits.bytes:,}; "
                "send less",
            )
        return None if self.settings.token is None else self._unknown(scope, headers)

    def _unknown(self, scope: Scope, headers: Headers) -> Response | None:
        """The answer to a request without the token; the token in an address is moved to a cookie."""
        token = self.settings.token or ""
        kind, _, given = headers.get("authorization", "").partition(" ")
        if kind.lower() == "bearer" and _same(given.strip(), token):
            return None
        query = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
        named = [value for name, value in query if name == "token"]
        if scope["method"] in ("GET", "HEAD") and named and _same(named[-1], token):
            rest = urlencode([pair for pair in query if pair[0] != "token"])
            path = "/" + scope["path"].lstrip("/\\")  # a second slash would name another host
            moved = RedirectResponse(path + ("?" + rest if rest else ""), 303)
            moved.set_cookie(COOKIE, _sealed(token), httponly=True, samesite="strict", path="/")
            return moved
        try:
            cookie = SimpleCookie(headers.get("cookie", "")).get(COOKIE)
        except CookieError:
            cookie = None
        if cookie is not None and _same(cookie.value, _sealed(token)):
            return None
        return _refused(
            401,
            "this server needs its token: a header 'Authorization: Bearer TOKEN', or once ?token=TOKEN",
            {"www-authenticate": "Bearer"},
        )

    def _bounded(self, receive: Receive) -> Receive:
        """The receiver, with an end to how much and how long a body may come."""
        limits = self.settings.limits
        state: dict[str, float] = {"bytes": 0, "end": 0.0}

        async def bounded() -> Message:
            loop = asyncio.get_running_loop()
            if state["end"] < 0:  # the body is here; what follows is the client's going away
                return await receive()
            state["end"] = state["end"] or loop.time() + limits.seconds
            try:
                async with asyncio.timeout_at(state["end"]):
                    message = await receive()
            except TimeoutError:
                raise HTTPException(
                    408, f"the body did not arrive within {limits.seconds:g} s; send less or faster"
                ) from None
            state["bytes"] += len(message.get("body", b""))
            if state["bytes"] > limits.bytes:
                raise HTTPException(
                    413, f"the body has more bytes than the limit of {limits.bytes:,}; send less"
                )
            if not message.get("more_body", False):
                state["end"] = -1.0
            return message

        return bounded


def _refused(status: int, reason: str, headers: dict[str, str] | None = None) -> Response:
    content = json.dumps({"detail": reason})
    return Response(content, status, {"connection": "close", **(headers or {})}, "application/json")


def _same(given: str, token: str) -> bool:
    return hmac.compare_digest(given.encode("utf-8", "replace"), token.encode())


def _sealed(token: str) -> str:
    """What the cookie holds in place of the token."""
    return hmac.new(token.encode(), b"classicxm cookie", hashlib.sha256).hexdigest()
