"""What a run is made from: recipes, what they mean, and whether they fit."""
