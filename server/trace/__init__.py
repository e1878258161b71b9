"""Reading what happened: a run's plan, its moments, its tensors, and its history."""
