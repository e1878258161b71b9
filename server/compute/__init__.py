"""Computing: where runs are trained and asked about, in turns that are fair to everybody."""
