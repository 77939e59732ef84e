"""Shell commands read without running them."""
