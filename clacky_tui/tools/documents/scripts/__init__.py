"""Not a package of ours to import: each file is copied to the data directory and run from there."""
