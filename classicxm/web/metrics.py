"""What a server counts, in the text format of Prometheus."""

from __future__ import annotations

import os
import threading
import time
from collections import Counter
from collections.abc import Mapping

from starlette.types import ASGIApp, Message, Receive, Scope, Send

__all__ = ["Counted", "Metrics"]

#: Upper edges of the histogram of seconds.
EDGES = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class Metrics:
    """Requests by route and status, and how long they took."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.requests: Counter[tuple[str, str, int]] = Counter()
        self.seconds: dict[str, list[float]] = {}  # route: one count per edge, all, and their sum

    def count(self, method: str, route: str, status: int, seconds: float) -> None:
        """One answer was given."""
        with self.lock:
            self.requests[method, route, status] += 1
            row = self.seconds.setdefault(route, [0.0] * (len(EDGES) + 2))
            for n, edge in enumerate(EDGES):
                row[n] += seconds <= edge
            row[-2] += 1
            row[-1] += seconds

    def text(self, gauges: Mapping[str, Mapping[str, float]]) -> str:
        """Everything as Prometheus reads it.

        Parameters
        ----------
        gauges : dict of str to dict of str to float
            Values by name and by model.

        Examples
        --------
        >>> metrics = Metrics()
        >>> metrics.count("GET", "/api/v1/health", 200, 0.01)
        >>> print(metrics.text({}).splitlines()[2].replace(str(os.getpid()), "1"))
        classicxm_requests_total{process="1",method="GET",route="/api/v1/health",status="200"} 1
        """
        process = f'process="{os.getpid()}"'
        lines = ["# HELP classicxm_requests_total Answers given.", "# TYPE classicxm_requests_total counter"]
        with self.lock:
            for (method, route, status), n in sorted(self.requests.items()):
                labels = f'{process},method="{method}",route="{_quoted(route)}",status="{status}"'
                lines.append(f"classicxm_requests_total{{{labels}}} {n}")
            lines += [
                "# HELP classicxm_request_seconds Time from a request to its answer.",
                "# TYPE classicxm_request_seconds histogram",
            ]
            for route, row in sorted(self.seconds.items()):
                labels = f'{process},route="{_quoted(route)}"'
                for edge, below in zip((*map(str, EDGES), "+Inf"), row[:-1], strict=True):
                    lines.append(f'classicxm_request_seconds_bucket{{{labels},le="{edge}"}} {below:g}')
                lines.append(f"classicxm_request_seconds_sum{{{labels}}} {row[-1]:.6f}")
                lines.append(f"classicxm_request_seconds_count{{{labels}}} {row[-2]:g}")
        for name, values in gauges.items():
            lines.append(f"# TYPE {name} gauge")
            lines += [
                f'{name}{{{process},model="{_quoted(model)}"}} {value:g}' for model, value in values.items()
            ]
        return "\n".join(lines) + "\n"


def _quoted(value: str) -> str:
    return value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")


class Counted:
    """The application with its answers counted by route."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self.app, self.metrics = app, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started, status = time.perf_counter(), 500

        async def counting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self.app(scope, receive, counting)
        finally:
            route = getattr(scope.get("route"), "path", "none")
            method = scope["method"] if scope["method"] in ("GET", "HEAD", "POST") else "other"
            self.metrics.count(method, route, status, time.perf_counter() - started)
