"""Keys with which platforms sign their viewers' tokens."""
