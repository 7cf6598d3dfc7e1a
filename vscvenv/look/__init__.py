"""Environments looked at: nothing here builds, locks or changes one."""
