"""The review queue: what people look into and decide, and the audit log."""
