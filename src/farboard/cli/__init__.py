"""The command line: one file per command, and each only parses, calls and prints."""
