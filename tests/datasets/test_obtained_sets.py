"""From the registry to the loader: archives packed as their makers pack them arrive where the loader looks."""

import dataclasses
import io
import json
import tarfile
import zipfile

import numpy as np
import pytest
from scipy.io import savemat

import classicxm.datasets
from classicxm.datasets.holdings import obtain, verify
from classicxm.datasets.mfeat import VIEWS
from classicxm.datasets.registry import read_registry
from tests.datasets.file_server import serving

CSV = b"file_name,caption_1,caption_2,caption_3,caption_4,caption_5\nx.wav,a,b,c,d,e\n"
META = (
    b"file_name,keywords,sound_id,sound_link,start_end_samples,manufacturer,license\nx.wav,k,1,l,[],m,CC0\n"
)


def zipped(files):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return stream.getvalue()


def tarred(files, mode="w"):
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode=mode) as archive:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return stream.getvalue()


def seven_zipped(files):
    py7zr = pytest.importorskip("py7zr")
    stream = io.BytesIO()
    with py7zr.SevenZipFile(stream, "w") as archive:
        for name, content in files.items():
            archive.writestr(content, name)
    return stream.getvalue()


def wikipedia():
    matrices = io.BytesIO()
    savemat(matrices, {name: np.ones((1, 2)) for name in ("I_tr", "T_tr", "I_te", "T_te")})
    files = {"raw_features.mat": matrices.getvalue(), "categories.list": b"art\n"}
    files |= {f"{split}set_txt_img_cat.list": f"{split} i 1\n".encode() for split in ("train", "test")}
    files |= {f"texts/{split}.xml": b"<text>words</text>" for split in ("train", "test")}
    return {
        "wikipedia_dataset.zip": zipped({f"wikipedia_dataset/{name}": data for name, data in files.items()})
    }


def coco():
    sentences = [{"raw": "A dog.", "tokens": []}]
    entries = [
        {"filename": "t.jpg", "filepath": "train2014", "split": "train", "sentences": sentences, "cocoid": 1},
        {"filename": "v.jpg", "filepath": "val2014", "split": "test", "sentences": sentences, "cocoid": 2},
    ]
    return {
        "caption_datasets.zip": zipped({"dataset_coco.json": json.dumps({"images": entries})}),
        "train2014.zip": zipped({"train2014/t.jpg": b"photo"}),
        "val2014.zip": zipped({"val2014/v.jpg": b"photo"}),
        "annotations_trainval2014.zip": zipped({"annotations/captions_val2014.json": b"{}"}),
    }


def mirflickr():
    return {
        "mirflickr25k.zip": zipped(
            {"mirflickr/im1.jpg": b"photo", "mirflickr/meta/tags/tags1.txt": b"sun\n"}
        ),
        "mirflickr25k_annotations_v080.zip": zipped({"sky.txt": b"1\n", "README.txt": b"words\n"}),
    }


def iaprtc12():
    text = b"<DOC><TITLE>t</TITLE><DESCRIPTION>a plaza;</DESCRIPTION></DOC>"
    files = {"iaprtc12/images/00/25.jpg": b"photo", "iaprtc12/annotations_complete_eng/00/25.eng": text}
    return {"iaprtc12.tgz": tarred(files, "w:gz")}


def mfeat():
    rows = {name: "\n".join([" ".join(["1"] * width)] * 2000).encode() for name, width in VIEWS.items()}
    inner = tarred({f"mfeat-{name}": data for name, data in rows.items()})
    return {"multiple+features.zip": zipped({"mfeat.tar": inner})}


def esc50():
    meta = b"filename,fold,target,category,esc10,src_file,take\n1-1-A-0.wav,1,0,dog,True,1,A\n"
    files = {"ESC-50-master/meta/esc50.csv": meta, "ESC-50-master/audio/1-1-A-0.wav": b"sound"}
    return {"ESC-50-master.zip": zipped(files)}


def esc10():
    return {"ESC-10-master.zip": zipped({"ESC-10-master/001 - Dog bark/1-100032-A.ogg": b"sound"})}


def clotho():
    called = ("development", "validation", "evaluation")
    files = {f"clotho_audio_{split}.7z": seven_zipped({f"{split}/x.wav": b"sound"}) for split in called}
    files |= {f"clotho_captions_{split}.csv": CSV for split in called}
    return files | {f"clotho_metadata_{split}.csv": META for split in called}


def ucf101():
    lists = {"ucfTrainTestlist/trainlist01.txt": b"YoYo/v_YoYo_g08_c01.avi 1\n"}
    lists["ucfTrainTestlist/testlist01.txt"] = b"YoYo/v_YoYo_g01_c01.avi\n"
    clips = {f"UCF101/v_YoYo_g0{group}_c01.avi": b"clip" for group in (1, 8)}
    return {"UCF101TrainTestSplits-RecognitionTask.zip": zipped(lists), "UCF101_videos.zip": zipped(clips)}


def msvd():
    return {
        "AllVideoDescriptions.txt": b"a_1_2 a cat\n",
        "YouTubeClips.tar": tarred({"YouTubeClips/a_1_2.avi": b"clip"}),
        "youtube_mapping.txt": b"a_1_2 vid1\n",
    }


def fsdd():
    files = {"free-spoken-digit-dataset-1.0.10/recordings/7_jackson_32.wav": b"sound"}
    return {"free-spoken-digit-dataset-1.0.10.tar.gz": tarred(files, "w:gz")}


def flickr8k():
    names = {"train": "a", "dev": "b", "test": "c"}
    texts = {"Flickr8k.token.txt": b"".join(f"{name}.jpg#0\tA dog .\n".encode() for name in "abc")}
    texts |= {f"Flickr_8k.{called}Images.txt": f"{name}.jpg\n".encode() for called, name in names.items()}
    photos = {f"Flicker8k_Dataset/{name}.jpg": b"photo" for name in "abc"}
    return {"Flickr8k_Dataset.zip": zipped(photos), "Flickr8k_text.zip": zipped(texts)}


def flickr30k():
    entry = {"filename": "a.jpg", "split": "train", "sentences": [{"raw": "A dog."}]}
    return {
        "caption_datasets.zip": zipped({"dataset_flickr30k.json": json.dumps({"images": [entry]})}),
        "flickr30k-images.tar.gz": tarred({"flickr30k-images/a.jpg": b"photo"}, "w:gz"),
    }


PACKED = {
    "wikipedia": wikipedia, "coco": coco, "mirflickr25k": mirflickr, "iaprtc12": iaprtc12, "mfeat": mfeat,
    "esc50": esc50, "esc10": esc10, "clotho": clotho, "ucf101": ucf101, "msvd": msvd, "fsdd": fsdd,
    "flickr8k": flickr8k, "flickr30k": flickr30k,
}  # fmt: skip


@pytest.mark.parametrize("name", PACKED)
def test_what_is_fetched_is_what_the_loader_reads(name, tmp_path, monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    registered = read_registry()[name]
    packed = PACKED[name]()
    assert set(packed) == {file.name for file in registered.files}, "every file of the registry is there"
    with serving() as server:
        files = tuple(
            dataclasses.replace(
                file, urls=(server.url(file.name, packed[file.name]),), bytes=None, sha256=None, md5=None
            )
            for file in registered.files
        )
        small = dataclasses.replace(registered, files=files, contents={}, splits={})
        root = obtain(small, tmp_path)
    found = getattr(classicxm.datasets, registered.loader)(root)
    assert found
    assert {one.state for one in verify(small, tmp_path)} == {"as at first use"}


def test_the_others_cannot_be_packed_or_have_no_archives():
    others = {name: one for name, one in read_registry().items() if name not in PACKED}
    assert set(others) == {"pascal_sentence", "nus_wide", "openmoji", "stamps"}
    assert all(one.how for one in others.values())
