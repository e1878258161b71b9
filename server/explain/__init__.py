"""Where a number comes from: tensors, relations, provenance, dependencies, and the code that ran."""
