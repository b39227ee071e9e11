"""The review queue: cases that people decide, appeals, and the audit log."""
