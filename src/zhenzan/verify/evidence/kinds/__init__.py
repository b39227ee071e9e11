"""One file for each kind of context evidence, and one for those of the model; `registry` lists them."""

__all__: list[str] = []
