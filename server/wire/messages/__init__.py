"""All messages that cross the network. The browser's types are generated from these modules."""
