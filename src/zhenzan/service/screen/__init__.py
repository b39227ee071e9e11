"""The screen of a service: provisional verdicts, and the suspects that settlement found."""
