"""Tests of one kind of layer in each file: engine, explanations, probes and replays."""
