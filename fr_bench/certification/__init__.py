"""Certification rehearsals: a scheme as data, judged on a run; the outcome is a rehearsal and never a certificate.

profile("kisa-style-face")          a scheme of configs/profiles, or of a file
rehearse(profile, trials, ...)      verdicts, margins and the probability of passing
"""
