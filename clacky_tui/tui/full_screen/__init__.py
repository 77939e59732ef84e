"""Views that fill the screen: the output of a tool, a diff, a piece of code, a long text."""
