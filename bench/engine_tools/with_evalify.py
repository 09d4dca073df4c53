"""evalify: all pairs of templates with labels, batches set by hand, then the EER. `python with_evalify.py FILE N`."""

from __future__ import annotations

import json
import sys

import numpy as np
from evalify import Experiment
from watch import Watch

path, count = sys.argv[1], int(sys.argv[2])
rows = np.array(np.load(path, mmap_mode="r")[:count])
subjects = np.arange(count) // 5
tried = Experiment(metrics="cosine_similarity", same_class_samples="full", different_class_samples=("full", "full"))
tried.run(rows[:50], subjects[:50], batch_size=1000)
watch = Watch()
experiment = Experiment(
    metrics="cosine_similarity", same_class_samples="full", different_class_samples=("full", "full")
)
experiment.run(rows, subjects, batch_size=100_000)
found = experiment.eer()
print(json.dumps(watch.seen() | {"pairs": len(experiment.df), "found": str(found)}))
