"""What an environment contains: Python, the packages that modules provide, and what is installed on top of them."""
