"""Generated faces: what a first run measures when nobody has brought data.

How a face comes about:

1. `subjects`    A subject is some sixty continuous traits, drawn from the seed and the subject's index.
2. `conditions`  Each image has a condition: enrolment, or one step of lighting, pose, expression, accessory, everyday.
3. `appearance`  Subject and condition together say what the image shows: the smile widens the mouth, the years whiten
                 the hair, the camera stands a little askew, the wall has another colour.
4. `head`        The head is a surface in space; turned by the yaw it says which point of the face each pixel sees.
5. `features`    Skin, eyes, brows, nose, mouth and beard are painted on that surface; `hair` adds hair, ears, glasses.
6. `camera`      The lamp shades the surface, the lens blurs it, noise is added, and grey levels are cut.

`render` does all of this for many images at once, `landmarks` says where eyes, nose and mouth corners are.

The faces are no photographs and resemble nobody. Error rates measured on them say how a recognizer does on generated
faces and nothing about people; every report says so. The same seed gives the same bytes on every machine: randomness
comes from a hash (`draws`), and pixels from operations that IEEE 754 fixes to the last bit (`curves`).
"""

from __future__ import annotations

from fr_bench.generator.conditions import Condition, plan_conditions
from fr_bench.generator.draws import GENERATOR_VERSION
from fr_bench.generator.render import landmarks, render
from fr_bench.generator.subjects import SubjectParameters, subject_parameters

__all__ = [
    "GENERATOR_VERSION",
    "Condition",
    "SubjectParameters",
    "landmarks",
    "plan_conditions",
    "render",
    "subject_parameters",
]
