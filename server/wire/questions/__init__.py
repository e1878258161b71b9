"""Questions about a run: functions of its history, with plain arguments.

They are asked where the run is computed, which can be another process. Their answers are messages or JSON.
"""
