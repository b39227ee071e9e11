"""Log-in and log-out, and the files that pages load."""
