"""From a result file to pages. Computes nothing."""
