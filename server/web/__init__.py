"""The shell: HTTP, event streams, runs in memory, the page. No arithmetic."""
