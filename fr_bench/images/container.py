"""What a walk of an image file gives: the parts that decide its pixels, or the reason why it is no picture."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

Reason = Literal["empty", "not_an_image", "truncated", "corrupt", "too_large", "several_images", "unsupported"]

REASONS: Final[tuple[Reason, ...]] = (
    "corrupt",
    "empty",
    "not_an_image",
    "several_images",
    "too_large",
    "truncated",
    "unsupported",
)


class UndecodableImage(Exception):  # noqa: N818 - an outcome that is counted, not a mistake to mend
    """The bytes give no picture: a failure to acquire that is counted with its reason.

    Not an `FrBenchError` on purpose: nobody is to mend a probe image, and it must not stop a run. Extraction catches
    it and writes a failed outcome, so that the sample stays in the denominators.

    reason  one of `REASONS`: `empty` (no bytes), `not_an_image` (no known format by content), `truncated` (ends too
            early), `corrupt` (does not add up), `too_large` (more pixels than allowed), `several_images` (animation
            or several pages: which is the sample?), `unsupported` (a variant whose pixels have no agreed meaning).
    detail  one sentence for the table of failures.
    """

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(reason, detail)
        self.reason: Reason = reason
        self.detail = detail

    def __str__(self) -> str:
        return f"{self.reason}: {self.detail}"


@dataclass(frozen=True, slots=True)
class Container:
    """An image file reduced to what its pixels depend on.

    format       JPEG, PNG, WEBP, BMP, TIFF, GIF or PPM (which stands for PBM, PGM and PPM).
    data         the rebuilt file, with one image and without metadata.
    orientation  EXIF orientation, 1 to 8; 1 where none or nonsense is said.
    size         (width, height) as declared, where it was read here; None where opening the file is cheap.
    bits         bits per sample where it was read here (PNG, TIFF), else 8.
    key          PNG's transparent colour in the file's own units (one grey or three colour values), or None.
    grey_alpha   the data are 16-bit grey with 16-bit alpha, relabelled as 8-bit RGBA: grey high and low, alpha.
    """

    format: str
    data: bytes
    orientation: int = 1
    size: tuple[int, int] | None = None
    bits: int = 8
    key: tuple[int, ...] | None = None
    grey_alpha: bool = False
