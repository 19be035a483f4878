"""Captions of synthetic scenes, in English, Chinese, Japanese and Thai."""

from collections.abc import Mapping
from typing import Any

import numpy as np

__all__ = ["LANGUAGES", "caption"]

_WORDINGS = {
    "large": ("large", "big"),
    "small": ("small", "little"),
    "opening": ("a", "there is a", "one"),
    "joint": (" and ", ", then ", " with "),
}
#: Colours, shapes, sizes and places, and how a phrase is put together from them.
_TRANSLATED = {
    "zh": {
        "red": "红色", "green": "绿色", "blue": "蓝色", "yellow": "黄色", "orange": "橙色", "purple": "紫色",
        "black": "黑色", "white": "白色", "pink": "粉色", "brown": "棕色", "cyan": "青色", "grey": "灰色",
        "circle": "圆形", "square": "正方形", "triangle": "三角形", "star": "星形", "cross": "十字形",
        "diamond": "菱形", "ring": "环形", "hexagon": "六边形", "pentagon": "五边形", "heart": "心形",
        "large": "大", "small": "小", "left": "左", "right": "右", "top": "上", "bottom": "下", "middle": "中间",
        "phrase": "{place}有一个{size}的{colour}{shape}", "joint": "，",
    },
    "ja": {
        "red": "赤い", "green": "緑の", "blue": "青い", "yellow": "黄色い", "orange": "橙色の", "purple": "紫の",
        "black": "黒い", "white": "白い", "pink": "桃色の", "brown": "茶色の", "cyan": "水色の", "grey": "灰色の",
        "circle": "円", "square": "四角", "triangle": "三角", "star": "星", "cross": "十字", "diamond": "ひし形",
        "ring": "輪", "hexagon": "六角形", "pentagon": "五角形", "heart": "ハート",
        "large": "大きな", "small": "小さな", "left": "左", "right": "右", "top": "上", "bottom": "下",
        "middle": "真ん中", "phrase": "{place}に{size}{colour}{shape}", "joint": "と",
    },
    "th": {
        "red": "สีแดง", "green": "สีเขียว", "blue": "สีน้ำเงิน", "yellow": "สีเหลือง", "orange": "สีส้ม",
        "purple": "สีม่วง", "black": "สีดำ", "white": "สีขาว", "pink": "สีชมพู", "brown": "สีน้ำตาล",
        "cyan": "สีฟ้า", "grey": "สีเทา", "circle": "วงกลม", "square": "สี่เหลี่ยม", "triangle": "สามเหลี่ยม",
        "star": "ดาว", "cross": "กากบาท", "diamond": "ข้าวหลามตัด", "ring": "วงแหวน", "hexagon": "หกเหลี่ยม",
        "pentagon": "ห้าเหลี่ยม", "heart": "หัวใจ", "large": "ใหญ่", "small": "เล็ก", "left": "ซ้าย", "right": "ขวา",
        "top": "บน", "bottom": "ล่าง", "middle": "กลาง", "phrase": "{shape}{colour}ขนาด{size}อยู่{place}",
        "joint": "และ",
    },
}  # fmt: skip
LANGUAGES = ("en", *_TRANSLATED)


def caption(shapes: list, rng: np.random.Generator, language: str = "en") -> str:
    """Such as "there is a big red circle on the left and a small blue star in the top right".

    Parameters
    ----------
    shapes : list of dict
        Each with "colour", "shape" and "centre", the large one first.
    rng : numpy Generator
        Chooses among English wordings.
    language : {"en", "zh", "ja", "th"}, default="en"
    """
    if language != "en":
        words = _TRANSLATED[language]
        return words["joint"].join(_translated(shape, rank, words) for rank, shape in enumerate(shapes))
    joint = str(rng.choice(_WORDINGS["joint"]))
    phrases = []
    for rank, shape in enumerate(shapes):
        article = rng.choice(_WORDINGS["opening"]) if rank == 0 else "a"
        extent = rng.choice(_WORDINGS["large" if rank == 0 else "small"])
        phrases.append(f"{article} {extent} {shape['colour']} {shape['shape']} {_place(*shape['centre'])}")
    return phrases[0] + "".join((joint if rank == 0 else " and ") + p for rank, p in enumerate(phrases[1:]))


def _translated(shape: Mapping[str, Any], rank: int, words: Mapping[str, str]) -> str:
    sides = "".join(words[side] for side in _sides(*shape["centre"])) or words["middle"]
    parts = {"size": words["small" if rank else "large"], "place": sides}
    return words["phrase"].format(colour=words[shape["colour"]], shape=words[shape["shape"]], **parts)


def _sides(x: float, y: float) -> list[str]:
    """What a place is called: height, then side, each only off the middle."""
    height = "top" if y < 0.42 else "bottom" if y > 0.58 else ""
    side = "left" if x < 0.42 else "right" if x > 0.58 else ""
    return [word for word in (height, side) if word]


def _place(x: float, y: float) -> str:
    sides = _sides(x, y)
    if len(sides) == 2:
        return f"in the {' '.join(sides)}"
    if not sides:
        return "in the middle"
    return f"{'at' if sides[0] in ('top', 'bottom') else 'on'} the {sides[0]}"
