"""Collections of other people's layouts through the command line: lists of captions, metadata, parquet, tar files."""

import io
import json
import struct
import tarfile

import cv2
import numpy as np
import pytest
from click.testing import CliRunner

from classicxm.cli import main
from classicxm.datasets import collection_of_rows, load_collection, make_scenes
from classicxm.errors import CollectionError
from classicxm.retrieval import CrossModalRetriever, make_retriever


def run(*arguments):
    return CliRunner().invoke(main, [str(a) for a in arguments], catch_exceptions=False)


def fit(collection, folder, *more):
    """What the model of a collection says and how many texts and images it indexed."""
    result = run("fit", collection, "-o", folder / "model", "--recipe", "baseline", "--quick", "--n-jobs", 1,
                 "--extractor", "image=ColorHistogram", *more)  # fmt: skip
    assert result.exit_code == 0, result.output
    model = CrossModalRetriever.load(folder / "model")
    return result, {modality: len(index) for modality, index in model.indexes_.items()}


@pytest.fixture(scope="module")
def scenes(tmp_path_factory):
    """Texts and encoded JPEGs of 12 scenes."""
    found = []
    for record in make_scenes(12, folder=tmp_path_factory.mktemp("scenes"), modalities=("text", "image")):
        picture = cv2.imread(str(record["image"]))
        found.append((record["text"], cv2.imencode(".jpg", picture)[1].tobytes()))
    return found


@pytest.fixture
def photos(scenes, tmp_path):
    folder = tmp_path / "my 照片"
    folder.mkdir()
    for n, (_, data) in enumerate(scenes):
        (folder / f"photo {n}.jpg").write_bytes(data)
    return folder


def coco(scenes, n_images=12):
    return {
        "images": [{"id": 100 + n, "file_name": f"photo {n}.jpg"} for n in range(n_images)],
        "annotations": [
            {"id": 2 * n + k, "image_id": 100 + n, "caption": text}
            for n, (text, _) in enumerate(scenes)
            for k in range(2)
            if n < 8
        ],
    }


@pytest.mark.parametrize("beside", [True, False])
def test_captions_in_the_json_of_coco(scenes, photos, tmp_path, beside):
    folder = photos if beside else tmp_path / "annotations"
    folder.mkdir(exist_ok=True)
    (folder / "captions_val.json").write_text(json.dumps(coco(scenes)))
    _, counts = fit(photos if beside else folder / "captions_val.json", tmp_path)
    assert counts == {"text": 8, "image": 12}
    found = {record["id"]: record.get("text") for record in load_collection(folder / "captions_val.json")}
    assert found["photo 3"] == [scenes[3][0]] * 2 and found["photo 9"] is None


def test_the_folders_of_coco_as_they_are_unpacked(scenes, photos, tmp_path):
    whole = tmp_path / "coco"
    (whole / "annotations").mkdir(parents=True)
    photos.rename(whole / "val2017")
    (whole / "annotations" / "captions_val2017.json").write_text(json.dumps(coco(scenes)))
    result, counts = fit(whole, tmp_path)
    assert counts == {"text": 8, "image": 12} and "captions_val2017" not in result.stderr
    found = load_collection(whole)
    assert found[0]["text"] == [scenes[0][0]] * 2 and set(found.labels) == {None}, "a split is no class"


@pytest.mark.parametrize("ending", ["csv", "tsv"])
@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_captions_in_one_table(scenes, photos, tmp_path, separator, ending):
    lines = [f"File_Name{separator}Caption"]
    lines += [f'photo {n}.jpg{separator}"{text}"' for n, (text, _) in enumerate(scenes) if n < 8]
    (photos / f"captions.{ending}").write_text("\n".join([*lines, f"photo 0.jpg{separator}another"]))
    _, counts = fit(photos, tmp_path)
    assert counts == {"text": 8, "image": 12}
    alone = load_collection(photos / f"captions.{ending}")
    assert len(alone) == 8 and alone[0]["text"] == [scenes[0][0], "another"]


def test_a_listed_photo_that_is_missing_or_outside_is_named(photos, tmp_path):
    (tmp_path / "out.jpg").write_bytes(b"x")
    (photos / "captions.csv").write_text("image,caption\nphoto 1.jpg,a\n../out.jpg,b\ngone.jpg,c\n")
    with pytest.raises(CollectionError, match=r"out\.jpg.*lies outside"):
        load_collection(photos / "captions.csv")
    found = load_collection(photos / "captions.csv", "skip")
    assert found.ids == ["photo 1"] and [p.item for p in found.problems] == ["../out", "gone"]


def test_side_texts_may_keep_the_name_of_the_photo(photos):
    (photos / "photo 3.jpg.txt").write_text("three")
    assert {r["id"]: r.get("text") for r in load_collection(photos)}["photo 3"].read_text() == "three"


def segment(marker, body):
    return b"\xff" + bytes([marker]) + struct.pack(">H", len(body) + 2) + body


def exif(text, order="<"):
    data = text.encode() + b"\0"
    head = (b"II" if order == "<" else b"MM") + struct.pack(order + "HIH", 42, 8, 1)
    return segment(
        0xE1, b"Exif\0\0" + head + struct.pack(order + "HHII", 0x10E, 2, len(data), 26) + b"\0" * 4 + data
    )


def iptc(text):
    data = b"\x1c\x02\x78" + struct.pack(">H", len(text.encode())) + text.encode()
    return segment(0xED, b"Photoshop 3.0\0" + b"8BIM\x04\x04\0\0" + struct.pack(">I", len(data)) + data)


def xmp(text):
    rdf, dc = "http://www.w3.org/1999/02/22-rdf-syntax-ns#", "http://purl.org/dc/elements/1.1/"
    inner = f"<dc:description><rdf:Alt><rdf:li>{text}</rdf:li></rdf:Alt></dc:description>"
    body = f'<r xmlns:rdf="{rdf}" xmlns:dc="{dc}">{inner}</r>'
    return segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + body.encode())


@pytest.mark.parametrize("write", [exif, lambda text: exif(text, ">"), iptc, xmp])
def test_captions_in_the_photos_themselves(scenes, photos, tmp_path, write):
    for n, (text, data) in enumerate(scenes):
        if n < 8:
            (photos / f"photo {n}.jpg").write_bytes(data[:2] + write(f"{text} é") + data[2:])
        elif n < 10:
            (photos / f"photo {n}.jpg").write_bytes(data[:2] + write("OLYMPUS DIGITAL CAMERA") + data[2:])
    _, counts = fit(photos, tmp_path)
    assert counts == {"text": 8, "image": 12}
    assert load_collection(photos)[0]["text"] == f"{scenes[0][0]} é"


@pytest.mark.parametrize("nested", [True, False])
def test_a_parquet_file_of_a_data_set(scenes, tmp_path, nested):
    pa, pq = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    pictures = [{"bytes": data, "path": None} if nested else data for _, data in scenes]
    features = {"features": {"label": {"names": ["even", "odd"], "_type": "ClassLabel"}}}
    table = pa.table(
        {"image": pictures, "caption": [text for text, _ in scenes], "label": [n % 2 for n in range(12)]}
    ).replace_schema_metadata({"huggingface": json.dumps({"info": features})})
    pq.write_table(table, tmp_path / "train-00000.parquet")
    _, counts = fit(tmp_path / "train-00000.parquet", tmp_path)
    assert counts == {"text": 12, "image": 12}
    listed = json.loads(run("list", tmp_path / "model", "--json").stdout)
    assert [item["payload"]["label"] for item in listed[:2]] == ["even", "odd"]


def test_paths_in_a_parquet_file_stay_in_its_folder(photos, tmp_path):
    pa, pq = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    inside = next(photos.rglob("*.jpg")).relative_to(photos)
    outside = tmp_path / "outside.jpg"
    outside.write_bytes((photos / inside).read_bytes())
    (photos / "link.jpg").symlink_to(outside)
    named = [str(inside), str(outside), "../outside.jpg", "link.jpg", "none.jpg"]
    table = pa.table({"image": [{"bytes": None, "path": path} for path in named], "caption": ["a dog"] * 5})
    pq.write_table(table, photos / "rows.parquet")
    collection = load_collection(photos / "rows.parquet")
    assert [row.get("image") for row in collection] == [(photos / inside).resolve(), *[None] * 4]
    assert [("lies outside" in p.reason, "cannot be opened" in p.reason) for p in collection.problems] == [
        *[(True, False)] * 3,
        (False, True),
    ]


def test_texts_of_a_tar_are_read_as_files_are(scenes, tmp_path):
    texts = [b"\xef\xbb\xbfa dog", "a café".encode("utf-16"), b"caf\xe9", b"a cat"]
    members = [
        (f"{n}.{end}", data)
        for n, text in enumerate(texts)
        for end, data in (("jpg", scenes[n][1]), ("txt", text))
    ]
    write_tar(tmp_path / "s.tar", members)
    collection = load_collection(tmp_path / "s.tar")
    assert [row.get("text") for row in collection] == ["a dog", "a café", None, "a cat"]
    assert [(p.item, "is not UTF-8 text" in p.reason) for p in collection.problems] == [("2.txt", True)]


def test_sounds_in_a_parquet_file(tmp_path):
    pa, pq = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    import soundfile

    sounds = []
    for n in range(6):
        stream = io.BytesIO()
        soundfile.write(stream, np.sin(np.arange(8000) * (0.05 + 0.03 * n)), 8000, format="WAV")
        sounds.append({"bytes": stream.getvalue(), "path": "a.wav"})
    pq.write_table(
        pa.table({"audio": sounds, "text": [f"tone number{n}" for n in range(6)]}), tmp_path / "a.parquet"
    )
    result = run(
        "fit", tmp_path / "a.parquet", "-o", tmp_path / "m", "--recipe", "baseline", "--quick", "--n-jobs", 1
    )
    assert result.exit_code == 0 and "6 text, 6 audio items indexed" in result.stdout, result.output


def write_tar(path, members):
    with tarfile.open(path, "w") as archive:
        for name, data in members:
            info = tarfile.TarInfo(name)
            if data is None:
                info.type, info.linkname = tarfile.SYMTYPE, "/etc/passwd"
                archive.addfile(info)
            else:
                info.size = len(data)
                archive.addfile(info, io.BytesIO(data))


def test_a_tar_of_img2dataset(scenes, tmp_path):
    members = []
    for n, (text, data) in enumerate(scenes):
        told = json.dumps({"caption": text, "url": "u", "status": "success"}).encode()
        members += [(f"{n:05}.jpg", data), (f"{n:05}.json", told)]
        members += [(f"{n:05}.txt", text.encode())] if n < 6 else []
    bad = [("../../../evil.jpg", scenes[0][1]), ("link.jpg", None), ("x.bin", b"1")]
    write_tar(tmp_path / "00000.tar", [*members, *bad])
    result, counts = fit(tmp_path / "00000.tar", tmp_path)
    assert counts == {"text": 12, "image": 13}  # a name that leads out is a name here: nothing is unpacked
    assert "link.jpg" in result.stderr and "is a link or a device" in result.stderr
    assert not (tmp_path.parent / "evil.jpg").exists()


def test_a_folder_of_tars_as_img2dataset_leaves_it(scenes, tmp_path):
    folder = tmp_path / "laion"
    folder.mkdir()
    for shard in range(2):
        members = []
        for n, (text, data) in enumerate(scenes[:6] if shard == 0 else scenes[6:12]):
            members += [(f"{shard:05}{n:04}.jpg", data), (f"{shard:05}{n:04}.txt", text.encode())]
        write_tar(folder / f"{shard:05}.tar", members)
        (folder / f"{shard:05}.parquet").write_bytes(b"only where everything was found")
        (folder / f"{shard:05}_stats.json").write_text("{}")
    _, counts = fit(folder, tmp_path)
    assert counts == {"text": 12, "image": 12}
    found = load_collection(folder)
    assert found.ids[6] == "000010000" and found[6]["text"] == scenes[6][0] and found.split_names == ()


def test_a_folder_of_parquet_files_as_a_hub_keeps_it(scenes, tmp_path):
    pyarrow = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    folder = tmp_path / "hub"
    (folder / "data").mkdir(parents=True)
    for name, rows in (("train-00000-of-00001", scenes[:8]), ("test-00000-of-00001", scenes[8:12])):
        pictures = [{"bytes": data, "path": None} for _, data in rows]
        table = pyarrow.table({"image": pictures, "caption": [text for text, _ in rows]})
        parquet.write_table(table, folder / "data" / f"{name}.parquet")
    _, counts = fit(folder, tmp_path)
    assert counts == {"text": 12, "image": 12}
    found = load_collection(folder)
    assert len(found.split("train")) == 8 and len(found.split("test")) == 4
    assert found.split("test")[0]["text"] == scenes[8][0]
    assert {"data/test-00000-of-00001/0", "data/train-00000-of-00001/0", "7"} <= set(found.ids)


@pytest.mark.parametrize("name", ["a.parquet", "a.tar", "a.json"])
def test_broken_files_are_named_in_one_line(tmp_path, name):
    (tmp_path / name).write_bytes(b"not this\n" * 100)
    result = CliRunner().invoke(main, ["fit", str(tmp_path / name), "-o", str(tmp_path / "m")])
    assert result.exit_code != 0
    with pytest.raises(CollectionError, match=name) as caught:
        load_collection(tmp_path / name)
    assert "\n" not in str(caught.value)


@pytest.mark.slow
def test_rows_of_python(scenes):
    pd = pytest.importorskip("pandas")
    Image = pytest.importorskip("PIL.Image")
    rows = [
        {"Caption": text, "picture": Image.open(io.BytesIO(data)), "class": n % 2}
        for n, (text, data) in enumerate(scenes)
    ]
    for given in (rows, pd.DataFrame(rows)):
        found = collection_of_rows(given)
        assert found.modalities == ("text", "image") and found.labels[:2] == ["0", "1"]
        expected = cv2.imdecode(np.frombuffer(scenes[0][1], np.uint8), cv2.IMREAD_COLOR_RGB)
        assert np.abs(found[0]["image"].astype(int) - expected).mean() < 2
    model = make_retriever("baseline", n_jobs=1).fit_collection(found, split=None)
    assert model.search({"image": found[4]["image"]}, target="image", k=1)[0].id == "4"


class ClassLabel:
    def int2str(self, value):
        return ["cat", "dog"][value]


def test_a_data_set_names_its_classes():
    class Rows(list):
        features = {"label": ClassLabel()}

    found = collection_of_rows(
        Rows([{"text": "a", "label": 1}, {"text": None, "label": 0}, {"text": "b", "label": 0}])
    )
    assert (
        found.labels == ["dog", "cat"] and found.ids == ["0", "2"] and "has none of" in str(found.problems[0])
    )
