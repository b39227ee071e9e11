"""The campaigns and rings behind the bought likes."""
