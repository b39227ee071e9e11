"""What speaks for or against a like, in decibans."""
