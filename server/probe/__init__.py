"""Experiments on one moment of a run: predictions, nudges, gradient checks, saliency maps, comparisons."""
