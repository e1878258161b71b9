"""Computing: training runs and answering questions about them. All runs have equal turns."""
