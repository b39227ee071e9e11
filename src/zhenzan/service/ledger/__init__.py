"""The ledger over API and console: checkpoints, proofs, transfers."""
