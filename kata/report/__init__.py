"""Turn results into the lines that are printed, and maps that differ into pictures."""
