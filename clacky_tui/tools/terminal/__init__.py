"""The `terminal` tool: commands in persistent shells on pseudo-terminals (spec/tools-skills.md 2)."""
