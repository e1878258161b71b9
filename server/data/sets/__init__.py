"""The data sets that come along, and those that are downloaded."""
