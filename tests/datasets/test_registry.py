"""What the registry says, and how it refuses what it must not say."""

import pytest

import classicxm.datasets
from classicxm.datasets.registry import TERMS, read_registry, registered
from classicxm.errors import CollectionError

REGISTRY = read_registry()
ASKED = [
    *(
        "wikipedia",
        "pascal_sentence",
        "flickr8k",
        "flickr30k",
        "coco",
        "nus_wide",
        "mirflickr25k",
        "iaprtc12",
    ),
    *("mfeat", "esc50", "esc10", "clotho", "ucf101", "msvd", "fsdd", "openmoji", "stamps"),
]
GOOD = 'title = "t"\nmodalities = ["image"]\nterms = "free"\nlicence = "l"\ncitation = "c"\npage = "p"\nloader = "x"\n'


def test_every_set_that_has_a_loader_is_there():
    assert list(REGISTRY) == ASKED


@pytest.mark.parametrize("name", REGISTRY)
def test_every_set_is_complete(name):
    one = REGISTRY[name]
    assert one.terms in TERMS and set(one.modalities) <= {"text", "image", "audio", "video"}
    assert all((one.title, one.licence, one.citation, one.page.startswith("http"), one.loader))
    assert callable(getattr(classicxm.datasets, one.loader))
    assert one.files or one.how, "either there is something to fetch, or the set says what to do"
    assert all(file.urls for file in one.files) or one.how, "a file without an address needs to be asked for"
    if one.terms == "form":
        assert "http" in one.how or "page" in one.how


def test_what_is_known_for_certain_stands_there():
    coco = {file.name: file for file in REGISTRY["coco"].files}
    assert coco["caption_datasets.zip"].bytes == 36_745_453
    assert (
        coco["val2014.zip"].checksum
        == "sha256:fe9be816052049c34717e077d9e34aa60814a55679f804cd043e3cbee3b9fde0"
    )
    assert REGISTRY["wikipedia"].splits["train"].items + REGISTRY["wikipedia"].splits["test"].items == 2866
    assert REGISTRY["wikipedia"].files[0].checksum is None, "unknown is unknown"
    assert sum(split.items for split in REGISTRY["coco"].splits.values()) == 123_287
    assert REGISTRY["coco"].bytes == sum(file.bytes for file in coco.values())
    assert REGISTRY["clotho"].bytes is None


def test_unknown_names_are_told():
    with pytest.raises(ValueError, match=r"no data set 'imagenet'; there are wikipedia, pascal_sentence"):
        registered("imagenet")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[a", "is no registry of data sets"),
        ("[a]\n" + GOOD.replace('"free"', '"whatever"'), "a: terms must be one of free"),
        ("[a]\n" + GOOD + "size = 3\n", "a: unknown key 'size'"),
        ("[a]\n" + GOOD.replace('title = "t"\n', ""), "a: .*missing 1 required.*title"),
        ("[A]\n" + GOOD, "A: a set is a table named by lower-case"),
        ("[a]\n" + GOOD + '[[a.files]]\nname = "../x"', "a: a file's name must be a plain path"),
        ("[a]\n" + GOOD + '[[a.files]]\nname = "/x"', "a: a file's name must be a plain path"),
        (
            "[a]\n" + GOOD + '[[a.files]]\nname = "x"\nunpack = "../y"',
            "a: a file's name must be a plain path",
        ),
        ("[a]\n" + GOOD + '[[a.files]]\nname = "x"\nurls = ["file:///etc/passwd"]', "must begin with https"),
        (
            "[a]\n" + GOOD + '[[a.files]]\nname = "x"\nsha256 = "ca628f76...25ae"',
            "sha256 must be lower-case hex",
        ),
        ("[a]\n" + GOOD + '[[a.files]]\nname = "x"\nmd5 = "A23D"', "md5 must be lower-case hex"),
        ("[a]\n" + GOOD + '[[a.files]]\nname = "x"\nbytes = -1', "bytes must be a whole number"),
        (
            "[a]\n" + GOOD + '[[a.files]]\nname = "x"\n[[a.files]]\nname = "x"',
            "two of its files have one name",
        ),
        ("[a]\n" + GOOD + '[a.splits]\ntrain = { sha256 = "1" }', "sha256 must be lower-case hex"),
        ("[a]\n" + GOOD + '[a.contents]\n"../x" = "1"', "a file's name must be a plain path"),
    ],
)
def test_a_registry_that_is_wrong(tmp_path, text, message):
    path = tmp_path / "mine.toml"
    path.write_text(text)
    with pytest.raises(CollectionError, match=message):
        read_registry(path)


def test_a_registry_of_ones_own(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text(
        "[course]\n" + GOOD + '[[course.files]]\nname = "x.csv"\nurls = ["https://example.org/x.csv"]\n'
    )
    assert read_registry(path)["course"].files[0].urls == ("https://example.org/x.csv",)
