"""A question in an address: read, changed, written, and said as a command and as Python."""

import shlex
from urllib.parse import parse_qsl, urlsplit

import pytest

from classicxm.retrieval.filters import parse_filter
from classicxm.web.asked import Asked, VectorPart
from classicxm.web.uploads import InvalidBodyError


def read(address, default="image"):
    return Asked.read(parse_qsl(urlsplit(address).query, keep_blank_values=True), default)


PART = VectorPart("image", "my.photo.png", (0.1, -2.0))
FULL = Asked(
    "red & blue",
    2.5,
    "text",
    k=5,
    page=3,
    fusion="rrf",
    filter="a=b",
    min_score=-0.5,
    fold=True,
    like=("x", "y z"),
    unlike=("u",),
    vector=(PART,),
    vector_weight=(0.5,),
    model="m",
    default_target="image",
)


def test_what_is_written_is_read_again():
    assert read(FULL.address(page=3)) == FULL and VectorPart.read(PART.written()) == PART
    assert read("/?") == Asked(target="image", default_target="image") and read("/?").is_empty
    assert read("/?").address() == "/"


def test_a_change_goes_back_to_the_first_page():
    assert read(FULL.address(text="green")).page == 1 and read(FULL.address("/download")).page == 3
    assert read(FULL.without("like", 0)).like == ("y z",)
    without = read(FULL.without("vector", 0))
    assert without.vector == without.vector_weight == ()


def test_filters_are_narrowed():
    assert read(Asked(target="image", default_target="image").narrowed("label", "dog")).filter == "label=dog"
    assert read(FULL.narrowed("a", "b")).filter == "a=b"
    assert (
        read(Asked(filter="a=b or c=d").narrowed("big one", True)).filter == '(a=b or c=d) and "big one"=true'
    )


@pytest.mark.parametrize(
    ("known", "narrowed"),
    [
        ("label=cattle", "label=cattle and label=cat"),
        ("not label=cat", "not label=cat and label=cat"),
        ("x=1 or label=cat", "(x=1 or label=cat) and label=cat"),
        ("(x=1)OR(x=2)", "((x=1)OR(x=2)) and label=cat"),
        ("x=1 and (label='cat' and y=2)", "x=1 and (label='cat' and y=2)"),
    ],
)
def test_a_filter_is_narrowed_by_what_it_says_and_not_by_how(known, narrowed):
    assert read(Asked(filter=known, default_target="image").narrowed("label", "cat")).filter == narrowed


@pytest.mark.parametrize("value", ["a\nb", 'in "quotes"', "back\\slash", "not", "", "圆 形", 0.5])
def test_a_value_of_any_marks_is_found_by_its_own_filter(value):
    address = Asked(default_target="image").narrowed("and", value)
    passes = parse_filter(read(address).filter)
    assert passes("x", {"and": value}) and not passes("x", {"and": "other"})


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("k=0", "k: expected a number from 1 to 1000"),
        ("page=1e3", "page: expected a number"),
        ("text_weight=inf", "text_weight: expected a number"),
        ("target=smell", "target: expected one of text"),
        ("text=a&text=b", "text: given twice"),
        ("other=1", "other: unknown parameter"),
        ("file=a.png", "files are sent by the button"),
        ("text=" + "x" * 10001, "text: longer than 10,000 characters"),
        ("vector=image.!!.a", "vector: damaged; choose the file anew"),
        ("vector=smell.AAAAAAAA8D8.a", "vector: damaged"),
        ("vector=image..a", "vector: damaged"),
    ],
)
def test_addresses_that_are_wrong(query, message):
    with pytest.raises(InvalidBodyError, match=message):
        read(f"/?{query}")


def test_no_command_takes_two_files_of_a_kind():
    assert Asked(vector=(PART, PART), vector_weight=(1.0, 1.0)).command("m") == ""


def test_the_same_as_a_command():
    assert FULL.command("m").endswith("--min-score -0.5 --target text -k 15")
    assert "Client('http://x', model='m').search(" in FULL.python("http://x")
    assert "min_score=-0.5" in FULL.python("http://x")
    words = shlex.split(FULL.command("a folder"))
    assert words[:3] == ["classicxm", "search", "a folder"]
    assert words[words.index("--weights") + 1] == "text=2.5,image=0.5" and words[-1] == "15"
    assert words[words.index("--image") + 1] == "my.photo.png"


def test_the_same_as_python(monkeypatch):
    asked = []

    class Client:
        def __init__(self, server, model=None):
            self.server = server, model

        def search(self, *given, **more):
            asked.append((self.server, given, more))

    import classicxm

    monkeypatch.setattr(classicxm, "Client", Client)
    exec(FULL.python("http://here"))
    (found,) = asked
    query = [{"text": "red & blue", "weight": 2.5}, {"image": "my.photo.png", "weight": 0.5}, "x", "y z"]
    assert found == (
        ("http://here", "m"),
        (query, "text"),
        {"k": 15, "unlike": ["u"], "fusion": "rrf", "where": "a=b", "min_score": -0.5},
    )
