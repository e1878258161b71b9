"""One layer family in each file, tested through all wings: engine, explanations, probes, replays."""
