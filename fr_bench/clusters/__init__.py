"""Work on a Dask cluster that somebody else has started: tiles of comparisons, and templates where they can be made.

    connecting   a scheduler that answers, workers that run the same frbench; what becomes of them
    shelf        data on the workers, sent once under a name made of its content
    orders       tasks that are kept going: a bounded number under way, redone where a worker is lost
    at_work      what runs on the workers
    comparing    the comparisons of a run in place of `comparison.bands.sweep`
    extracting   the templates of a run in place of `batches.computed`

Nothing that a worker does can change a result: its tiles are joined to the bands that one machine makes, to the byte,
and it makes templates only where they are those of this machine. Whoever may reach a scheduler may run code on its
workers, and they on this machine: use one that you trust.
"""

from fr_bench.clusters.comparing import sweep_on
from fr_bench.clusters.connecting import Cluster, connected
from fr_bench.clusters.extracting import computed_on

__all__ = ["Cluster", "computed_on", "connected", "sweep_on"]
