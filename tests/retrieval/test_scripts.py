"""Retrieval by texts of scripts without spaces, whose words nobody cut: it works as it does in English."""

import json
import re
from itertools import product

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image, ImageDraw

from classicxm.alignment import CCA
from classicxm.cli import main
from classicxm.datasets import make_scenes
from classicxm.encoding import Encoded, FeatureBlocks, FisherVector
from classicxm.image import ColorHistogram, DenseColor, DenseSIFT
from classicxm.reports import explained_page
from classicxm.retrieval import CrossModalRetriever
from classicxm.retrieval.recipes import CCA_SETTINGS
from classicxm.text import TopicsText, Word2VecText

QUERIES = {"zh": ("红", "红色 圆形"), "ja": ("赤", "赤い 円"), "th": ("แดง", "สีแดง วงกลม")}
#: A phrase, then red, yellow, green and blue, and circle, square and triangle.
PHRASES = {
    "zh": ("有一个大的{}{}", "红色 黄色 绿色 蓝色", "圆形 正方形 三角形"),
    "ja": ("真ん中に大きな{}{}があります", "赤い 黄色い 緑の 青い", "円 四角 三角"),
    "th": ("{1}{0}ขนาดใหญ่", "สีแดง สีเหลือง สีเขียว สีน้ำเงิน", "วงกลม สี่เหลี่ยม สามเหลี่ยม"),
    "ko": ("큰 {} {}이 있다", "빨간색 노란색 초록색 파란색", "원 사각형 삼각형"),
    "lo": ("ມີ{1}{0}ຢູ່ນີ້", "ສີແດງ ສີເຫຼືອງ ສີຂຽວ ສີຟ້າ", "ວົງມົນ ສີ່ຫຼ່ຽມ ສາມຫຼ່ຽມ"),
    "km": ("{1}{0}នៅទីនេះ", "ក្រហម លឿង បៃតង ខៀវ", "រង្វង់ ការ៉េ ត្រីកោណ"),
    "my": ("{}{}ရှိသည်", "အနီ အဝါ အစိမ်း အပြာ", "စက်ဝိုင်း စတုရန်း တြိဂံ"),
    "mixed": ("a big {}の{}です", "red红 yellow黄 green绿 blue蓝", "circle圆 square方 三角"),
}
COLOURS = {"red": (220, 30, 30), "yellow": (230, 210, 40), "green": (30, 160, 60), "blue": (40, 60, 210)}
OUTLINES = {"circle": 40, "square": 4, "triangle": 3}


def drawn(row, colour, sides):
    """A shape of a colour somewhere on a pale background: uint8 (72, 72, 3)."""
    rng = np.random.default_rng(row)
    picture = Image.new("RGB", (72, 72), tuple(rng.integers(225, 256, 3).tolist()))
    circle = (*rng.integers(26, 46, 2).tolist(), int(rng.integers(13, 20)))
    rgb = tuple((np.array(colour) + rng.integers(-10, 11, 3)).clip(0, 255).tolist())
    ImageDraw.Draw(picture).regular_polygon(circle, sides, fill=rgb)
    return picture


@pytest.mark.slow
@pytest.mark.parametrize("language", PHRASES)
def test_fit_and_search_find_red_things_and_red_circles_in_every_script(language, tmp_path):
    """The default recipe, chosen on folds, through the commands: precision at 5 of at least 0.9."""
    phrase, *words = PHRASES[language]
    colours, shapes = (
        dict(zip(t, w.split(), strict=True)) for t, w in zip((COLOURS, OUTLINES), words, strict=True)
    )
    shown = [("red", "circle")] * 2 + list(product(COLOURS, OUTLINES)) * 4
    records = []
    for row, (colour, shape) in enumerate(shown[:48]):
        drawn(row, COLOURS[colour], OUTLINES[shape]).save(tmp_path / f"{row}.png")
        text = phrase.format(colours[colour], shapes[shape])
        records.append({"id": str(row), "image": f"{row}.png", "text": text})
    lines = [json.dumps(record, ensure_ascii=False) for record in records]
    (tmp_path / "manifest.jsonl").write_text("\n".join(lines), encoding="utf-8")
    fitted = CliRunner().invoke(main, ["fit", str(tmp_path), "-o", str(tmp_path / "m"), "--n-jobs", "1"])
    assert fitted.exit_code == 0, fitted.output
    for query, wanted in (
        (colours["red"], {"red"}),
        (f"{colours['red']} {shapes['circle']}", {"red", "circle"}),
    ):
        asked = ["search", str(tmp_path / "m"), "--text", query, "--target", "image", "-k", "5", "--json"]
        hits = json.loads(CliRunner().invoke(main, asked).stdout)["hits"]
        assert np.mean([wanted <= set(shown[int(hit["id"])]) for hit in hits]) >= 0.9, (query, hits)


@pytest.fixture(scope="module", params=QUERIES)
def fitted(request):
    scenes = make_scenes(48, modalities=("text", "image"), language=request.param, random_state=0)
    sift = Encoded(DenseSIFT(step=8), FisherVector(n_components=8))
    color = Encoded(DenseColor(step=8), FisherVector(n_components=16))
    images = FeatureBlocks([("sift", sift), ("color", color)])
    extractors = {"text": TopicsText("lsa", n_topics="auto"), "image": images}
    retriever = CrossModalRetriever(extractors, CCA(**CCA_SETTINGS)).fit_collection(scenes, split=None)
    return request.param, scenes, retriever


@pytest.mark.slow
def test_red_things_come_first_and_red_circles_early(fitted):
    language, scenes, retriever = fitted
    shapes = dict(zip(scenes.ids, scenes.column("shapes"), strict=True))
    red, red_circle = QUERIES[language]
    hits = retriever.search({"text": red}, "image", k=5)
    assert np.mean([any(s["colour"] == "red" for s in shapes[hit.id]) for hit in hits]) >= 0.9
    # 5 of the 48 have red and a circle, so that precision at 5 would ask for all of them.
    has = {key: {shape[part] for shape in shapes[key] for part in ("colour", "shape")} for key in shapes}
    both = [key for key in has if {"red", "circle"} <= has[key]]
    hits = retriever.search({"text": red_circle}, "image", k=5)
    assert sum(hit.id in both for hit in hits) >= 2


def test_words_are_annotated_and_explained_where_they_stand(fitted):
    _, scenes, retriever = fitted
    caption = scenes[0]["text"]
    assert all(
        term in "".join(scenes.column("text"))
        for term, _ in retriever.annotate({"image": scenes[0]["image"]}, 5)
    )
    why = retriever.explain({"text": caption}, scenes.ids[0], "image", item=scenes[0]["image"])
    for word in why.query.words:
        assert word.spans and all(caption[start:stop] == word.term for start, stop in word.spans)
    page = explained_page(why)
    shown = re.search('<p dir="auto" class="caption">(.*?)</p>', page)[1]
    assert "<mark" in shown and re.sub("<[^>]*>", "", shown) == caption


def test_other_descriptions_of_texts():
    scenes = make_scenes(48, modalities=("text", "image"), language="zh", random_state=0)
    for text in (Word2VecText(vectors="random", n_dimensions=64), TopicsText("lda", n_topics=8)):
        retriever = CrossModalRetriever({"text": text, "image": ColorHistogram()}, CCA(**CCA_SETTINGS))
        hits = retriever.fit_collection(scenes, split=None).search({"text": "红色"}, "image", k=5)
        assert len(hits) == 5
