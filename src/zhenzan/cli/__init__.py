"""The command line, `zhenzan`. Its face is `main`; each verb has a file of its own."""

from zhenzan.cli.app import main

__all__ = ["main"]
