"""What anyone needs to check the ledger."""
