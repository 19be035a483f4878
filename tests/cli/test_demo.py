"""``classicxm demo``: what the command passes on."""

import classicxm.demo


def test_options_reach_the_demo(command, monkeypatch, tmp_path):
    asked = []
    monkeypatch.setattr(classicxm.demo, "run_demo", lambda *given, say: asked.append(given) or say("done"))
    result = command("demo", "--dataset", "scenes", "--html", tmp_path / "page.html", "--n-jobs", 1)
    assert result.stdout == "done\n"
    assert asked == [("scenes", "en", "standard", tmp_path / "page.html", 1, "raise", None)]


def test_an_unknown_set(command):
    assert command("demo", "--dataset", "photos").exit_code == 2
