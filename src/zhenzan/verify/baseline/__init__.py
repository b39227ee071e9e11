"""What is natural, and which moments hold more than that."""
