"""What may be wrong with a terminal, a configuration or a disk, and how to mend it."""
