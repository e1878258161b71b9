"""The contract: every message that crosses the network. The browser's types are generated from here."""
