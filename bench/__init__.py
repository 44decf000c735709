"""What measures speed: ratios against a limit or a peer in one run, written to a file with the machine. Never in tests."""
