"""The sessions tab: what was said before, to go on with, to find, to keep or to be rid of."""
