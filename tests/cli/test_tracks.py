"""``classicxm tracks``: passes on to the drawing."""

import classicxm.video


def test_how_many_tracks(command, monkeypatch):
    asked = []
    monkeypatch.setattr(classicxm.video, "draw_tracks", lambda *given: asked.append(given) or 17)
    assert command("tracks", "a.mp4", "-o", "a.png").stdout == "a.png: 17 tracks\n"
    assert asked == [("a.mp4", "a.png")]


def test_a_clip_that_is_none(command, tmp_path):
    (tmp_path / "a.mp4").write_bytes(b"no clip")
    result = command("tracks", tmp_path / "a.mp4", "-o", tmp_path / "a.png")
    assert (
        result.exit_code == 2 and len(result.stderr.splitlines()) == 1 and not (tmp_path / "a.png").exists()
    )
