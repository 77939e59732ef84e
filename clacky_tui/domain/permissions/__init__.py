"""Whether a tool call may run, asks a person first, or is refused.

Pure: looks at nothing but its arguments and what the scope's functions tell. Commands are read by
`clacky_tui.domain.shell`; only what is known to read inside the project runs unasked.
"""
