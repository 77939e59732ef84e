"""What every coding agent on this machine has used: readers, one index, one report engine."""
