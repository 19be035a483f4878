"""Nothing leaves the machine: no socket outside loopback is opened, by the suite or by the command line."""

import os
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from classicxm.datasets import make_scenes
from classicxm.errors import MediaDecodeError
from classicxm.media import decode
from tests.loopback import OutsideLoopbackError, beyond_loopback

ROOT = Path(__file__).resolve().parents[1]


@pytest.mark.parametrize(
    ("address", "outside"),
    [
        (("127.0.0.1", 80), False),
        (("127.8.9.1", 80), False),
        (("::1", 80, 0, 0), False),
        (("localhost", 80), False),
        ("localhost", False),
        (None, False),
        ("/tmp/socket", False),
        (b"/tmp/socket", False),
        ("\0abstract", False),
        ((0, 0), False),  # netlink
        (("192.0.2.1", 80), True),
        (("2001:db8::1", 80, 0, 0), True),
        (("fe80::1%eth0", 80, 0, 0), True),
        (("0.0.0.0", 80), True),
        (("", 80), True),
        ("example.org", True),
        (b"example.org", True),
    ],
)
def test_what_counts_as_outside(address, outside):
    assert beyond_loopback(address) == outside


@pytest.mark.parametrize(
    "call",
    [
        lambda s: s.connect(("192.0.2.1", 9)),
        lambda s: s.connect_ex(("192.0.2.1", 9)),
        lambda s: s.bind(("0.0.0.0", 0)),
        lambda s: s.bind(("", 0)),
        lambda s: socket.getaddrinfo("example.invalid", 80),
        lambda s: socket.gethostbyname("example.invalid"),
        lambda s: socket.create_connection(("192.0.2.1", 9), timeout=0.1),
    ],
)
def test_the_suite_may_open_no_socket_outside_loopback(call):
    with socket.socket() as opened, pytest.raises(OutsideLoopbackError, match="outside loopback"):
        call(opened)


def test_datagrams_are_refused_and_loopback_is_open():
    with socket.socket(type=socket.SOCK_DGRAM) as opened:
        with pytest.raises(OutsideLoopbackError):
            opened.sendto(b"x", ("192.0.2.1", 9))
        opened.bind(("127.0.0.1", 0))
        opened.sendto(b"x", opened.getsockname())
        assert opened.recv(1) == b"x"


@pytest.fixture(scope="module")
def guarded(tmp_path_factory):
    """A function that runs the command line in guarded processes: its result, and what the guards wrote."""
    folder = tmp_path_factory.mktemp("guarded")
    log = folder / "sockets.log"
    hook = f"from tests.loopback import forbid_outside_loopback\nforbid_outside_loopback({str(log)!r})\n"
    (folder / "sitecustomize.py").write_text(hook)
    paths = [str(folder), str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}

    def run(*arguments):
        log.unlink(missing_ok=True)
        command = [sys.executable, *map(str, arguments)]
        result = subprocess.run(command, capture_output=True, text=True, env=environment, cwd=folder)
        return result, log.read_text().splitlines()

    return run


def test_the_guard_works_in_processes_of_their_own(guarded):
    code = "import socket; socket.create_connection(('192.0.2.1', 9), timeout=.1)"
    result, lines = guarded("-c", code)
    assert result.returncode == 1 and "OutsideLoopbackError" in result.stderr
    assert [line.split(" ", 1)[1] for line in lines] == ["guarded", "socket.getaddrinfo '192.0.2.1'"]


@pytest.mark.slow
def test_the_command_line_stays_on_the_machine(guarded, tmp_path):
    make_scenes(40, folder=tmp_path / "scenes", modalities=("text", "image"))
    picture = next((tmp_path / "scenes").rglob("*.png"))
    model = tmp_path / "model"
    cli = ("-m", "classicxm.cli")
    fit = (*cli, "fit", tmp_path / "scenes", "-o", model, "--recipe", "baseline", "--n-jobs", 2)
    result, lines = guarded(*fit)
    assert result.returncode == 0, result.stderr
    assert len({line.split()[0] for line in lines}) >= 3, "workers were not guarded"
    assert all(line.endswith(" guarded") for line in lines)
    for command in (
        ("search", model, "--text", "red", "--target", "image", "--html", tmp_path / "page.html"),
        ("annotate", model, "--image", picture),
    ):
        result, lines = guarded(*cli, *command)
        assert result.returncode == 0, result.stderr
        assert all(line.endswith(" guarded") for line in lines) and lines


@pytest.fixture
def listener():
    """A server on loopback, and the list of what connected to it."""
    came = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.05)
        stop = threading.Event()

        def accept():
            while not stop.is_set():
                try:
                    connection, address = server.accept()
                except TimeoutError:
                    continue
                came.append(address)
                connection.close()

        thread = threading.Thread(target=accept)
        thread.start()
        yield server.getsockname()[1], came
        stop.set()
        thread.join()


PLAYLIST = "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nhttp://127.0.0.1:{port}/a.ts\n#EXT-X-ENDLIST\n"


def test_media_are_never_fetched(listener, tmp_path):
    port, came = listener
    playlist = tmp_path / "clip.m3u8"
    playlist.write_text(PLAYLIST.format(port=port))
    for modality, item in (
        ("image", f"http://127.0.0.1:{port}/a.png"),
        ("audio", f"http://127.0.0.1:{port}/a.wav"),
        ("video", f"http://127.0.0.1:{port}/a.mp4"),
        ("video", f"tcp://127.0.0.1:{port}"),
        ("video", playlist),
    ):
        with pytest.raises(MediaDecodeError):
            decode(modality, item)
    assert not came
    socket.create_connection(("127.0.0.1", port)).close()
    for _ in range(100):
        if came:
            break
        threading.Event().wait(0.02)
    assert came, "the listener heard nothing at all"
