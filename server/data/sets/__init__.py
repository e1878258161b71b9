"""The data sets: embedded ones, published ones that are read from files, and those of worked examples."""
