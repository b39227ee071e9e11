"""The screen: what it says of likes as they come in, and what it knows of those that settled."""
