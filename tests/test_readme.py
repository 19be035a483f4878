"""What the README shows runs as it stands there."""

import re
from pathlib import Path

README = (Path(__file__).resolve().parents[1] / "README.md").read_text(encoding="utf-8")


def test_the_python_example_runs(tmp_path, monkeypatch, capsys):
    (code,) = re.findall(r"```python\n(.*?)```", README, flags=re.S)
    monkeypatch.chdir(tmp_path)
    exec(compile(code, "README.md", "exec"), {})
    printed = capsys.readouterr().out
    assert "text->image" in printed and (tmp_path / "scenes-model" / "contents.json").is_file()


def test_the_two_commands_stand_there():
    assert 'pip install ".[demo]" && classicxm demo' in README
    assert 'pip install ".[test]" && pytest' in README
