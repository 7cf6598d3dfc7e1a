"""Stands for your program: what it imports comes from modules and from the requirements."""

import bs4
import numpy as np
import PIL

print(f"numpy {np.__version__}, Pillow {PIL.__version__}, beautifulsoup4 {bs4.__version__}")
