"""The ledger of model requests and what it sums to."""
