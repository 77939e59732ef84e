"""What the tabs that list things are made of: a long list, its keys, one line of input, a question."""
