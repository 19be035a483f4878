"""A server on loopback that can do what servers of data do wrong."""

import contextlib
import http.server
import threading
from dataclasses import dataclass, field


@dataclass
class Served:
    """One file, and how it is served.

    Attributes
    ----------
    content : bytes
    cuts : list of int
        After how many bytes the next answers break off.
    status : int
    ranges : bool
        Whether parts may be asked for.
    etag : str or None
    announced : int or None
        What Content-Length says instead of the truth; -1 leaves it out.
    chunked : bool
        Send the answer in pieces without a length, and without an end where it is cut.
    pause : threading.Event or None
        What every answer waits for.
    """

    content: bytes
    cuts: list = field(default_factory=list)
    status: int = 200
    ranges: bool = True
    etag: str | None = None
    announced: int | None = None
    chunked: bool = False
    pause: threading.Event | None = None


class Server:
    """Files by path, and every request that came: (path, Range header or None)."""

    def __init__(self, address):
        self.address = address
        self.files = {}
        self.requests = []

    def url(self, name, content=None, **how):
        if content is not None:
            self.files[f"/{name}"] = Served(content, **how)
        return f"{self.address}/{name}"


@contextlib.contextmanager
def serving():
    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            served = server.files.get(self.path)
            asked = self.headers.get("Range")
            server.requests.append((self.path, asked))
            if served is None or served.status != 200:
                self.send_error(served.status if served else 404)
                return
            if served.pause is not None:
                served.pause.wait(20)
            start = int(asked.removeprefix("bytes=").rstrip("-")) if asked and served.ranges else 0
            if self.headers.get("If-Range") not in (None, served.etag):
                start = 0
            whole = served.content
            if start >= len(whole) > 0 and start:
                self.send_error(416)
                return
            self.send_response(206 if start else 200)
            if start:
                self.send_header("Content-Range", f"bytes {start}-{len(whole) - 1}/{len(whole)}")
            if served.chunked:
                self.send_header("Transfer-Encoding", "chunked")
            elif served.announced != -1:
                self.send_header("Content-Length", str(served.announced or len(whole) - start))
            if served.etag:
                self.send_header("ETag", served.etag)
            self.end_headers()
            body = whole[start:]
            if served.cuts:
                body = body[: max(served.cuts.pop(0) - start, 0)]
            if served.chunked:
                end = b"0\r\n\r\n" if len(body) == len(whole) - start else b""
                body = b"%x\r\n%s\r\n" % (len(body), body) + end
            self.wfile.write(body)
            self.close_connection = True

        def log_message(self, *_):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as running:
        server = Server(f"http://127.0.0.1:{running.server_port}")
        thread = threading.Thread(target=running.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield server
        finally:
            running.shutdown()
            thread.join()
