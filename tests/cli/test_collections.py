"""Collections as people have them: photos of which some have captions, photos alone, texts alone."""

import json
import shutil

import numpy as np
import pytest
from click.testing import CliRunner

from classicxm.cli import main
from classicxm.datasets import make_scenes
from classicxm.retrieval import CrossModalRetriever


def run(*arguments):
    return CliRunner().invoke(main, [str(a) for a in arguments], catch_exceptions=False)


QUICK = ("--recipe", "baseline", "--n-jobs", 1)


@pytest.fixture(scope="module")
def scenes(tmp_path_factory):
    folder = tmp_path_factory.mktemp("scenes")
    return make_scenes(30, folder=folder, modalities=("text", "image"))


@pytest.fixture
def photos(scenes, tmp_path):
    """30 photos of which 6 have a text beside them, in a folder of a name with spaces and Chinese letters."""
    folder = tmp_path / "my 照片"
    folder.mkdir()
    for n, record in enumerate(scenes):
        shutil.copy(record["image"], folder / f"{record['id']}.png")
        if n % 5 == 0:
            (folder / f"{record['id']}.txt").write_text(record["text"])
    return folder


def test_photos_without_captions_stay_in_the_index(photos, tmp_path):
    model = tmp_path / "model"
    result = run("fit", photos, "-o", model, *QUICK, "--extractor", "image=ColorHistogram")
    assert result.exit_code == 0 and "6 text, 30 image items indexed" in result.stdout
    told = [line for line in result.stderr.splitlines() if "no partner" in line]
    assert len(told) == 1 and "24 image of 30 items" in told[0]
    assert len(CrossModalRetriever.load(model).learned_ids_) == 6
    photo = sorted(photos.glob("*.png"))[1]
    found = json.loads(run("search", model, "--image", photo, "--target", "image", "-k", 1, "--json").stdout)
    assert found["hits"][0]["id"] == photo.stem and found["hits"][0]["score"] > 0.999


def test_a_few_sounds_and_a_clip_among_the_photos_do_not_stop_the_fit(photos, tmp_path):
    (photos / "memo.wav").write_bytes(b"no sound is opened")
    (photos / "holiday.mp4").write_bytes(b"no clip is opened")
    result = run("fit", photos, "-o", tmp_path / "model", *QUICK, "--extractor", "image=ColorHistogram")
    assert result.exit_code == 0 and "6 text, 30 image items indexed" in result.stdout, result.output
    assert "text and image are learned, which 6 items share; left out: audio, video" in result.stderr


@pytest.mark.parametrize("modality", ["image", "text"])
def test_one_modality_alone_is_searched_by_itself(photos, tmp_path, modality):
    for path in photos.glob("*.txt" if modality == "image" else "*.png"):
        path.unlink()
    model = tmp_path / "model"
    usual = () if modality == "text" else ("--extractor", "image=ColorHistogram")
    result = run("fit", photos, "-o", model, *QUICK, *usual)
    assert result.exit_code == 0 and "few to learn from" not in result.stdout, result.output
    item = sorted(photos.iterdir())[2]
    query = item if modality == "image" else item.read_text()
    found = json.loads(
        run("search", model, f"--{modality}", query, "--target", modality, "-k", 1, "--json").stdout
    )
    assert found["hits"][0]["score"] > 0.999
    assert (
        run(
            "search", model, "--text" if modality == "image" else "--image", item, "--target", modality
        ).exit_code
        == 2
    )


def test_a_stray_text_does_not_hide_the_photos(photos, tmp_path):
    for path in photos.glob("*.txt"):
        path.unlink()
    (photos / "README.txt").write_text("my photos")
    result = run("fit", photos, "-o", tmp_path / "m", *QUICK, "--extractor", "image=ColorHistogram")
    assert result.exit_code == 0 and "only the image items are learned" in result.stderr
    assert list(CrossModalRetriever.load(tmp_path / "m").extractors_) == ["image"]


@pytest.mark.parametrize("labels", [True, False])
def test_folders_are_labels_unless_they_are_not(photos, tmp_path, labels):
    for n, path in enumerate(sorted(photos.iterdir())):
        folder = photos / ("left" if n % 2 else "right")
        folder.mkdir(exist_ok=True)
        path.rename(folder / path.name)
    more = () if labels else ("--no-folder-labels",)
    run(
        "fit",
        photos,
        "-o",
        tmp_path / "m",
        *QUICK,
        "--extractor",
        "image=ColorHistogram",
        "--modalities",
        "image",
        *more,
    )
    listed = json.loads(run("list", tmp_path / "m", "--json").stdout)
    assert {item["payload"].get("label") for item in listed} == ({"left", "right"} if labels else {None})


def test_photos_are_added_without_captions(photos, tmp_path):
    later = tmp_path / "later"
    later.mkdir()
    for path in sorted(photos.glob("*.png"))[-3:]:
        path.rename(later / path.name)
    run("fit", photos, "-o", tmp_path / "m", *QUICK, "--extractor", "image=ColorHistogram")
    result = run("add", tmp_path / "m", later, "--n-jobs", 1)
    assert result.exit_code == 0 and "3 items added" in result.stdout, result.output
    assert (
        "lie outside" in result.stderr
        and np.isfinite(
            CrossModalRetriever.load(tmp_path / "m")
            .indexes_["image"]
            .vectors([later.glob("*.png").__next__().stem])
        ).all()
    )


@pytest.mark.parametrize("beside", [True, False])
def test_one_file_is_added_with_the_text_beside_it(photos, tmp_path, beside):
    run("fit", photos, "-o", tmp_path / "m", *QUICK, "--extractor", "image=ColorHistogram")
    file = tmp_path / "neu é.png"
    shutil.copy(sorted(photos.glob("*.png"))[3], file)
    if beside:
        file.with_suffix(".txt").write_text("a red circle", encoding="utf-8")
    result = run("add", tmp_path / "m", file, "--n-jobs", 1)
    assert result.exit_code == 0 and "1 item added" in result.stdout, result.output
    (item,) = json.loads(run("list", tmp_path / "m", "--filter", 'id="neu é"', "--json").stdout)
    assert item["has"] == (["text", "image"] if beside else ["image"])


def test_captions_in_files_are_shown_as_their_words(photos, tmp_path, scenes):
    run("fit", photos, "-o", tmp_path / "m", *QUICK, "--extractor", "image=ColorHistogram")
    said = {record["id"]: record["text"] for record in scenes}
    found = json.loads(
        run("search", tmp_path / "m", "--text", "circle", "--target", "text", "-k", 2, "--json").stdout
    )
    assert [hit["payload"]["text"] for hit in found["hits"]] == [said[hit["id"]] for hit in found["hits"]]
    table = run("search", tmp_path / "m", "--text", "circle", "--target", "text", "-k", 2).stdout
    assert ".txt" not in table and said[found["hits"][0]["id"]][:30] in table


def test_long_text_files_are_left_where_they_are(photos, tmp_path):
    text = sorted(photos.glob("*.txt"))[0]
    text.write_text("a red circle " * 6000, encoding="utf-8")
    run("fit", photos, "-o", tmp_path / "m", *QUICK, "--extractor", "image=ColorHistogram")
    (item,) = json.loads(run("list", tmp_path / "m", "--filter", f"id={text.stem}", "--json").stdout)
    assert item["payload"]["text"] == text.name
