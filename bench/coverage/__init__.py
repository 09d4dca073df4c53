"""The coverage bar: do the intervals that frbench prints hold the true value as often as they say?

Scores are drawn from populations whose true error rates are known by quadrature (`populations`, `truths`), again and
again; frbench is asked for its intervals as a user would ask (`asking`); how often the truth lies inside, below and
above, and how wide the intervals are, is counted (`tallies`) and judged (`bars`).

    nox -s bar -- coverage                          all cells; a second start goes on where the first one was
    python -m bench.coverage --only 'FMR/n=300/*' --replicates 400
"""
