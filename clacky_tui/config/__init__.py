"""Settings and models from config.yml and the environment."""
