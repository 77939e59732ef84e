"""One module per agent whose histories are read; `registry` lists them."""
