"""The time machine on the screen: its menu, the preview in it, and what is said afterwards."""
