"""Players: the moment of each page in its run, how it moves with time, and permissions. Pure functions."""
