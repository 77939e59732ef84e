"""The billing tab."""
