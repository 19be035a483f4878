"""What reaches a terminal: nothing that it would obey, wherever it comes from."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from classicxm.cli import main
from classicxm.cli.options import as_printed
from classicxm.reports.tables import aligned, escaped, shortened

HOSTILE = "a\x1b[31mred\x07\x9b2J\x7f\u202egnp\u2028b\rc\ud800d"
COMMANDS = Path(__file__).resolve().parents[1] / "classicxm" / "cli"


def obeyed(text):
    return [
        c for c in text if (ord(c) < 32 and c != "\n") or 127 <= ord(c) < 160 or c in "\u202e\u2028\ud800"
    ]


def test_what_a_terminal_obeys_is_written_out():
    assert escaped("a\x1b[31m\n\x9b\u202e") == r"a\x1b[31m\n\x9b\u202e"
    assert escaped("plain, 红 é 👩‍👩‍👧 می‌خواهم 🏴") == "plain, 红 é 👩‍👩‍👧 می‌خواهم 🏴"
    assert obeyed(aligned([("id", "label"), (HOSTILE, "x\ny")])) == []
    assert aligned([("a\nb", "c")]) == r"a\nb  c"
    assert obeyed(shortened([HOSTILE])) == []


def test_json_keeps_its_values():
    value = {"id": HOSTILE, HOSTILE: ["é\x85", 1.5]}
    printed = as_printed(value)
    assert obeyed(printed) == [] and json.loads(printed) == value
    assert "é" in printed


def test_only_one_place_prints():
    for path in COMMANDS.glob("*.py"):
        if path.name != "terminal.py":
            assert "click.echo" not in path.read_text(encoding="utf-8"), path
            assert "print(" not in path.read_text(encoding="utf-8").replace("as_printed(", ""), path


@pytest.mark.parametrize("as_json", [True, False])
def test_commands_show_hostile_ids_captions_and_labels_escaped(tmp_path, as_json):
    hostile = HOSTILE.replace("\ud800", "")
    rows = [
        {"id": f"{hostile}{n}", "text": f"{hostile} dog w{n % 3}x", "label": f"{hostile}{n % 2}"}
        for n in range(8)
    ]
    for n, row in enumerate(rows):
        (tmp_path / f"{n}.wav").write_bytes(b"RIFF")
        row["audio"] = f"{n}.wav"
    manifest = tmp_path / "manifest.jsonl"
    manifest.write_text("\n".join(map(json.dumps, rows)))
    run = CliRunner().invoke(main, ["fit", str(manifest), "-o", str(tmp_path / "m"), "--on-error", "zero"])
    assert run.exit_code == 2 and obeyed(run.output) == []
    model = tmp_path / "model"
    fitted_texts(rows).save(model)
    asked = ["search", str(model), "--text", "dog", "--target", "text", *(["--json"] if as_json else [])]
    run = CliRunner().invoke(main, asked)
    assert run.exit_code == 0 and "red" in run.output and obeyed(run.output) == []
    run = CliRunner().invoke(
        main, ["search", str(model), "--text", "x", "--target", "text", "--like", "\x1b[2J"]
    )
    assert run.exit_code == 2 and obeyed(run.output) == []
    run = CliRunner().invoke(main, ["\x1b[2Jfit"])
    assert run.exit_code == 2 and obeyed(run.output) == []


def fitted_texts(rows):
    from classicxm.alignment import CCA
    from classicxm.datasets import make_scenes
    from classicxm.datasets.collection import Collection
    from classicxm.image import ColorHistogram
    from classicxm.retrieval import CrossModalRetriever
    from classicxm.text import TfidfText

    images = make_scenes(len(rows), modalities=("image",)).column("image")
    records = [
        {"id": row["id"], "text": row["text"], "label": row["label"], "image": image}
        for row, image in zip(rows, images, strict=True)
    ]
    retriever = CrossModalRetriever({"text": TfidfText(), "image": ColorHistogram()}, CCA(2))
    return retriever.fit_collection(Collection(records, name="hostile"))
