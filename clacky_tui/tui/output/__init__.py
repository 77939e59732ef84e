"""What reaches the terminal: frames as cells, and of each only what the terminal does not show yet."""
