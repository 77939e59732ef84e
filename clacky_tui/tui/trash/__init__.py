"""The trash tab: what was deleted or overwritten in all projects, to bring back or to be rid of."""
