"""Parts that several tests stand on."""
