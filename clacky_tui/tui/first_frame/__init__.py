"""What stands on the screen, and takes keys, before Textual is imported.

Only light modules of the standard library are imported here: the first frame is a matter of the
interpreter's own start.
"""
