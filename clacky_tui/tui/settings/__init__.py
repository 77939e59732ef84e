"""The settings tab: models, screen, advanced, about."""
