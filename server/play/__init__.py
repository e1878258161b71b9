"""Players: where each page stands in a run, how time moves it, who may do what. Pure functions."""
