"""Evidence for or against a like, in decibans."""
