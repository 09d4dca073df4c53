"""What each measure promises, in one table: results of two definitions of one name are not compared."""

from __future__ import annotations

from fractions import Fraction

from fr_bench.known_measures import kinds, resolve

# A number that moves raises the version of its measure, here and in CHANGELOG ("Changes that move a number"). Columns:
# version, unit, what is better, the comparisons it counts, scores it looks at (those kept above a floor, or all), how
# its interval is made, and the measure as it is written.
DEFINITIONS = """
1  proportion  lower    both      kept  units          APCER@threshold=0.5
1  proportion  lower    both      kept  units          APCER@threshold=0.5,species=print
1  proportion  lower    both      kept  units          APCER@threshold=0.5,nonresponse=counted
1  proportion  lower    both      kept  units          BPCER@threshold=0.5
1  proportion  lower    both      kept  units          BPCER@threshold=0.5,nonresponse=counted
1  proportion  lower    both      kept  bpcer_at_apcer BPCER@APCER=0.05
1  proportion  lower    both      kept  bpcer_at_apcer BPCER10
1  proportion  lower    both      kept  bpcer_at_apcer BPCER20
1  proportion  lower    both      kept  bpcer_at_apcer BPCER100
1  proportion  lower    both      kept  units          APNRR
1  proportion  lower    both      kept  units          APNRR@species=print
1  proportion  lower    both      kept  units          BPNRR
1  proportion  lower    both      kept  units          IAPAR@threshold=0.35
1  proportion  lower    both      kept  units          IAPAR@threshold=0.35,species=print
1  proportion  lower    both      kept  units          IAPAR@threshold=0.35,detection=0.5
1  proportion  lower    both      kept  units          IAPAR@threshold=0.35,detection=0.5,species=print
1  proportion  lower    both      kept  units          RIAPAR@threshold=0.35
1  proportion  lower    both      kept  units          RIAPAR@threshold=0.35,detection=0.5
1  number      lower    both      kept  none           template-bytes
1  number      lower    both      kept  none           template-time@quantile=0.95
1  number      lower    both      kept  none           comparison-time@quantile=0.95
1  number      lower    both      all   weighed_rates  DCF@threshold=0.35,prior=0.5
1  number      lower    both      all   weighed_rates  DCF@threshold=0.35,prior=0.01,cmiss=10,cfa=1
1  number      lower    both      all   min_dcf        minDCF@prior=0.01,cmiss=10,cfa=1
1  proportion  lower    both      all   weighed_rates  HTER@threshold=0.35
1  number      higher   both      all   auc            AUC
1  number      higher   both      all   d_prime        d'
1  number      lower    both      all   min_dcf        minDCF@prior=0.5
1  proportion  lower    both      kept  eer            EER
1  proportion  lower    both      all   rocch_eer      ROCCH-EER
1  proportion  lower    both      kept  trials         FTA
1  proportion  lower    both      kept  trials         FTE
1  proportion  lower    nonmated  all   fmr            GFAR@threshold=0.35
1  proportion  lower    nonmated  kept  fmr            GFAR@FMR=1e-3
1  proportion  lower    mated     kept  fnmr           GFRR@threshold=0.35
1  proportion  lower    mated     kept  fnmr           GFRR@FMR=1e-3
1  proportion  higher   both      kept  none           accuracy@folds=10
1  number      lower    nonmated  kept  none           FMR-max-min-ratio@FMR=1e-3,by=sex
1  number      lower    nonmated  kept  none           FMR-max-min-ratio@threshold=0.35,by=sex
1  number      lower    mated     kept  none           FNMR-max-min-ratio@FMR=1e-3,by=sex
1  number      lower    mated     kept  none           FNMR-max-min-ratio@threshold=0.35,by=sex
1  proportion  lower    nonmated  kept  none           FMR-max-min-difference@FMR=1e-3,by=sex
1  proportion  lower    nonmated  kept  none           FMR-max-min-difference@threshold=0.35,by=sex
1  proportion  lower    mated     kept  none           FNMR-max-min-difference@FMR=1e-3,by=sex
1  proportion  lower    mated     kept  none           FNMR-max-min-difference@threshold=0.35,by=sex
1  number      lower    nonmated  kept  none           FMR-max-geomean-ratio@FMR=1e-3,by=sex
1  number      lower    nonmated  kept  none           FMR-max-geomean-ratio@threshold=0.35,by=sex
1  number      lower    mated     kept  none           FNMR-max-geomean-ratio@FMR=1e-3,by=sex
1  number      lower    mated     kept  none           FNMR-max-geomean-ratio@threshold=0.35,by=sex
1  number      lower    nonmated  kept  none           FMR-max-mean-ratio@FMR=1e-3,by=sex
1  number      lower    nonmated  kept  none           FMR-max-mean-ratio@threshold=0.35,by=sex
1  number      lower    mated     kept  none           FNMR-max-mean-ratio@FMR=1e-3,by=sex
1  number      lower    mated     kept  none           FNMR-max-mean-ratio@threshold=0.35,by=sex
1  number      lower    nonmated  kept  none           FMR-Gini@FMR=1e-3,by=sex
1  number      lower    nonmated  kept  none           FMR-Gini@threshold=0.35,by=sex
1  number      lower    mated     kept  none           FNMR-Gini@FMR=1e-3,by=sex
1  number      lower    mated     kept  none           FNMR-Gini@threshold=0.35,by=sex
1  number      higher   both      kept  none           FDR@FMR=1e-3,by=sex
1  number      higher   both      kept  none           FDR@threshold=0.35,by=sex
1  number      lower    both      kept  none           IR@FMR=1e-3,by=sex
1  number      lower    both      kept  none           IR@threshold=0.35,by=sex
1  number      lower    both      kept  none           GARBE@FMR=1e-3,by=sex
1  number      lower    both      kept  none           GARBE@threshold=0.35,by=sex
1  proportion  lower    mated     kept  none           FNMR-worst-served@FMR=1e-3,by=sex
1  proportion  higher   mated     kept  units          TPIR@rank=1
1  proportion  lower    mated     kept  fnir_at_fpir   FNIR@FPIR=1e-2,rank=1
1  proportion  lower    mated     kept  units          FNIR@threshold=0.35,rank=1
1  proportion  lower    nonmated  kept  units          FPIR@threshold=0.35
1  number      lower    nonmated  kept  mean_count     selectivity@threshold=0.35
1  number      lower    both      all   cllr           Cllr
1  number      lower    both      all   min_cllr       minCllr
1  number      lower    mated     kept  none           FNMR-EDC-pAUC@FMR=1e-3,quality=sharpness,to=0.2
1  proportion  lower    mated     kept  none           FNMR-after-discard@FMR=1e-3,quality=sharpness,discard=0.1
1  number      lower    mated     kept  none           FNMR-EDC-pAUC@FNMR=0.1,quality=sharpness,to=0.2
1  proportion  lower    mated     kept  none           FNMR-after-discard@FNMR=0.1,quality=sharpness,discard=0.1
1  number      lower    mated     kept  none           FNMR-EDC-pAUC@threshold=0.35,quality=sharpness,to=0.2
1  proportion  lower    mated     kept  none           FNMR-after-discard@threshold=0.35,quality=sharpness,discard=0.1
1  number      lower    nonmated  kept  none           FMR-EDC-pAUC@FMR=1e-3,quality=sharpness,to=0.2
1  proportion  lower    nonmated  kept  none           FMR-after-discard@FMR=1e-3,quality=sharpness,discard=0.1
1  number      lower    nonmated  kept  none           FMR-EDC-pAUC@threshold=0.35,quality=sharpness,to=0.2
1  proportion  lower    nonmated  kept  none           FMR-after-discard@threshold=0.35,quality=sharpness,discard=0.1
1  number      higher   mated     kept  none           quality-correlation@quality=sharpness
1  proportion  lower    mated     kept  units          FRR@threshold=0.35,attempts=3
1  proportion  lower    nonmated  all   units          FAR@threshold=0.35,attempts=3
1  proportion  lower    mated     kept  units          GFRR@threshold=0.35,attempts=3
1  proportion  lower    nonmated  all   units          GFAR@threshold=0.35,attempts=3
1  proportion  lower    nonmated  all   fmr            FMR@threshold=0.35
1  proportion  lower    mated     kept  fnmr           FNMR@threshold=0.35
1  proportion  lower    mated     kept  fnmr_at_fmr    FNMR@FMR=1e-3
1  proportion  lower    nonmated  all   fmr_at_fnmr    FMR@FNMR=1e-2
1  proportion  lower    mated     kept  fnmr_at_fmr    FMR100
1  proportion  lower    mated     kept  fnmr_at_fmr    FMR1000
1  proportion  lower    mated     kept  fnmr_at_fmr    FMR10000
1  proportion  lower    mated     kept  none           ZeroFMR
1  proportion  lower    nonmated  all   none           ZeroFNMR
"""


def test_every_measure_has_the_version_and_the_promises_of_the_table() -> None:
    told = [
        f"{kind.version} {kind.unit} {kind.better} {kind.counts} {'all' if kind.below_floor else 'kept'} "
        f"{kind.interval} {kind.example}"
        for kind in kinds()
    ]
    assert told == [" ".join(row.split()) for row in DEFINITIONS.strip().splitlines()]


def test_the_example_of_every_measure_reads_back() -> None:
    for kind in kinds():
        measure, found = resolve(kind.example)
        assert found is kind
        assert str(measure) == kind.example
        assert {key for key, _ in measure.parameters} == set(kind.parameters)


def test_a_measure_says_in_words_what_it_is() -> None:
    for kind in kinds():
        assert kind.source, kind.example
        assert kind.formula, kind.example
        assert not kind.explanation[0].islower(), kind.example
        assert kind.explanation.endswith("."), kind.example
        assert kind.title[0].isupper() or kind.title == "d'", kind.example


def test_a_measure_at_an_fmr_of_its_name_is_read_at_that_fmr() -> None:
    assert {kind.name: kind.fmr for kind in kinds() if kind.fmr is not None} == {
        "FMR100": Fraction(1, 100), "FMR1000": Fraction(1, 1000), "FMR10000": Fraction(1, 10_000)
    }  # fmt: skip
