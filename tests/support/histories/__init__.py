"""Synthetic histories of other coding agents, each with the exact truth of what it holds.

Written after spec/usage-sources.md 3, one module per agent: ``write(home, seed)`` makes the files under
`home`, with every trap of the section, and returns the `Truth`.
"""
