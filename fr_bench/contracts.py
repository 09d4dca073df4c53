"""What a plug-in must offer. Read this first if you want to add something.

Adding one thing adds one file:

- a data-set layout     `fr_bench/formats/NAME.py`      with `read(card) -> Dataset`
- a recognizer          `fr_bench/recognizers/NAME.py`  with `load(options) -> Recognizer`
- a measure             a pure function and one `MeasureKind` in its family's `MEASURES`, in `fr_bench/metrics/`
- a report section      `fr_bench/reports/sections/NAME.py`  with `TITLE`, `ORDER` and `render(page) -> list[Block]`
- a score-file layout   `fr_bench/scorefiles/NAME.py`   with `recognises(paths, asked)` and `read(paths, asked)`

Packages outside this one announce recognizers and formats by the entry-point groups `fr_bench.recognizers` and
`fr_bench.formats`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol, runtime_checkable

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from fr_bench.findings import Measurement
    from fr_bench.records import Card, Dataset, Failure

Points = tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class ImageInput:
    """What picture a recognizer wants to be given for a sample.

    size        (width, height) it takes, or None: the decoded image as it is, whatever its size
    template    where the five landmarks belong in the crop, in pixels of `size`; None: never align
    otherwise   what happens to an image of another size that has no landmarks: "refuse" it (the run stops before
                it starts, saying so), or "resize" it, which is recorded and shown
    images      False: the recognizer looks templates up by sample id and is given no picture at all
    """

    size: tuple[int, int] | None = None
    template: Points | None = None
    otherwise: Literal["refuse", "resize"] = "refuse"
    images: bool = True


@dataclass(frozen=True, slots=True, eq=False)
class Capture:
    """What a recognizer sees of a sample: its id and its picture. Never subject, label, partner or plan."""

    sample_id: str
    image: NDArray[np.uint8] | None


@runtime_checkable
class Recognizer(Protocol):
    """Turns pictures into templates. Everything but `embed` is part of the cache key or of the record.

    All are read and never set: a frozen dataclass with fields of these names fits. A recognizer may have besides:

    concurrent   int: how many threads may call `embed` at once; 1 where it is missing
    batch_auto   bool: True leaves the size of batches to frbench, which takes 1 unless an accelerator computes and the
                 templates were seen not to depend on their batch; missing is False: `batch_size` holds
    licence      str: licence of the model, shown in the report
    kept         bool: False where `digest` does not cover all that templates come from: they are not kept in the cache,
                 and the run is known by the templates themselves; missing is True
    """

    @property
    def name(self) -> str:
        """What tables and file names call it."""

    @property
    def version(self) -> str:
        """Version of the adapter: raised whenever it would give other templates from the same model."""

    @property
    def digest(self) -> str:
        """SHA-256 of the model's files: another model can never meet old templates."""

    @property
    def provider(self) -> str:
        """What computes: "cpu", or the onnxruntime execution provider that is really used."""

    @property
    def takes(self) -> ImageInput:
        """What picture it is to be given."""

    @property
    def preprocessing(self) -> Mapping[str, Any]:
        """What happens between picture and template, as it is recorded (JSON types only)."""

    @property
    def batch_size(self) -> int:
        """Captures handed to one `embed` call."""

    @property
    def fixed_batch(self) -> bool:
        """True where the model takes exactly one image at a time, whatever the configuration says."""

    @property
    def compare(self) -> Literal["cosine", "euclidean"]:
        """How two of its templates are compared. A distance is turned round: a score is a similarity."""

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences the report must show, such as an assumption about preprocessing that nobody confirmed."""

    def embed(self, captures: Sequence[Capture]) -> Sequence[NDArray[np.float32] | Failure]:
        """One template (d,) or one Failure for each capture, in order. d is the same for all captures of a run."""


@dataclass(frozen=True, slots=True)
class Options:
    """The options of a plug-in as the configuration gave them, and the folder that relative paths start from.

    `where` names the place for error messages, such as "my.toml:7" or "--recognizer".
    """

    values: Mapping[str, Any] = field(default_factory=dict)
    folder: Path = Path()
    where: str = ""

    def path(self, key: str) -> Path:
        """The path under `key`, relative paths taken from `folder`; KeyError if the key is missing."""
        return self.folder / Path(str(self.values[key])).expanduser()


class RecognizerModule(Protocol):
    """A file in `recognizers/`.

    DESCRIPTION   one line for `frbench list`
    KEYS          its options in `[recognizer]`, each with one line of help; any other option is refused
    ARGUMENT      the option that ARG of `--recognizer NAME:ARG` sets; None, or no such name, if it takes none
    load          makes the recognizer; raises UsageError for wrong options, RecognizerError for the model
    """

    DESCRIPTION: str
    KEYS: Mapping[str, str]
    ARGUMENT: str | None

    def load(self, options: Options) -> Recognizer: ...


class FormatModule(Protocol):
    """A file in `formats/`.

    DESCRIPTION   one line for `frbench list`
    KEYS          its options in `[dataset]`, each with one line of help; any other option is refused
    recognises    whether a path given without a card looks like this layout
    read          the samples of a card, no image decoded; raises DataError naming file and line
    """

    DESCRIPTION: str
    KEYS: Mapping[str, str]

    def recognises(self, path: Path) -> bool: ...

    def read(self, card: Card) -> Dataset: ...


@dataclass(frozen=True, slots=True, eq=False)
class Counted:
    """A measurement with the errors and trials of each unit that may be taken as independent behind its counts.

    errors, trials   (u,) int64, one entry a unit; their sums are the measurement's counts
    unit             what a unit is: "probe subject", "attack instrument", "subject" ...
    labels           honesty labels that come with such an interval, such as `fixed_gallery`
    borrow           (u,) errors of each unit at a threshold where errors are more frequent, from which a design
                     effect may be borrowed; None: nothing is borrowed
    """

    measurement: Measurement
    errors: NDArray[np.int64]
    trials: NDArray[np.int64]
    unit: str
    labels: tuple[str, ...] = ()
    borrow: NDArray[np.int64] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasureKind:
    """One kind of measure: how it is called, what it means, where it is defined, and the function that counts it.

    name         as it is written, with its parameter: "FNMR@FMR". Two kinds may share what stands before the "@"
    version      raised whenever the definition changes a number
    source       where the definition stands
    example      a text that parses
    parameters   the names of the parameters it takes
    needs        what it is counted from, and so the arguments of `compute`:
                   "scores"        (SortedScores, Measure)
                   "comparisons"   (SortedScores, Measure, Acquisition | None), planned and failed comparisons too
                   "samples"       (Acquisition | None, Measure), samples without a template
                   "folds"         (ScoreSet, Measure), scores with the fold of their pair
                   "transactions"  (ScoreSet, Measure, Acquisition | None), scores that name probes and references
                   "searches"      (ScoreSet, Measure), whose `searches` is not None
                   "likelihoods"   (SortedScores, Measure, bool), and whether they are declared to be natural-log
                                   likelihood ratios
                   "groups"        (GroupedScores, Measure), scores by the groups that its parameter `by` names
                   "quality"       (QualityScores, Measure), scores by the quality that its parameter `quality` names
                   "attacks"       (Presentations | None, Measure), presentations of attacks and of bona fide subjects
                   "cost"          (TemplateCost | None, Measure), bytes and seconds of templates and comparisons
    compute      gives a Measurement without interval, or a Counted; raises `metrics.scores.NotMeasurable` with the
                 reason
    interval     how its interval is made (`fr_bench.precision`): "fmr", "fnmr" (a rate at a fixed threshold, over
                 subject pairs or subjects), "fnmr_at_fmr", "units" (from the counts a unit that `compute` gave),
                 "mean_count" (the same, of a mean that is no rate),
                 "trials" (every trial taken as independent), the name of a statistic that is drawn by subject
                 ("eer", "rocch_eer", "auc", "d_prime", "min_dcf" ...), or "none"
    counts       which class of comparisons its errors and trials are
    below_floor  True where it looks at scores of every height, also in a run too large to keep those below a floor
    fmr          the FMR that it is read at, where its name says it and no parameter does
    """

    name: str
    title: str
    unit: Literal["proportion", "number"]
    better: Literal["lower", "higher", "neither"]
    version: int
    source: str
    example: str
    formula: str
    explanation: str
    needs: Literal[
        "scores", "comparisons", "samples", "folds", "transactions", "searches", "groups", "likelihoods", "quality",
        "attacks", "cost",
    ]  # fmt: skip
    compute: Callable[..., Any]
    interval: str = "none"
    parameters: tuple[str, ...] = ()
    counts: Literal["mated", "nonmated", "both"] = "both"
    below_floor: bool = False
    fmr: Fraction | None = None

    @property
    def quantity(self) -> str:
        """What is measured, without the parameter: "FNMR" of "FNMR@FMR"."""
        return self.name.partition("@")[0]
