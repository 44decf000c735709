"""The ledger: what makes records unalterable. Merkle log, signed checkpoints, hash chains; pure, verifiable offline."""
