"""Python environments on top of a cluster's modules, one per OS and microarchitecture."""

__version__ = "0.1.0"
