"""The live view: counts and the latest likes as they come in."""
