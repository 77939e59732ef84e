"""The context tab: what fills the model's window, and how well the provider's cache holds."""
