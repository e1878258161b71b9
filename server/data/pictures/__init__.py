"""From a picture file to an input of a data set of digits."""
