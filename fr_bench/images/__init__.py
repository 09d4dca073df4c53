"""Images: the one decoder, and the way from landmarks to the crop a recognizer expects."""

from __future__ import annotations

from fr_bench.images.align import (
    ARCFACE_112,
    TEMPLATES,
    UnalignableFace,
    align,
    five_point_template,
    mirror,
    resize,
    similarity_transform,
    warp,
)
from fr_bench.images.container import REASONS, UndecodableImage
from fr_bench.images.decode import MAX_PIXELS, ImageHeader, decode, inspect

__all__ = [
    "ARCFACE_112",
    "MAX_PIXELS",
    "REASONS",
    "TEMPLATES",
    "ImageHeader",
    "UnalignableFace",
    "UndecodableImage",
    "align",
    "decode",
    "five_point_template",
    "inspect",
    "mirror",
    "resize",
    "similarity_transform",
    "warp",
]
