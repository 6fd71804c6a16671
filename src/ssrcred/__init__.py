"""ssrcred rotates a California LEA's TOMS vendor credential and never loses the new key.

The version stands here as text because `importlib.metadata` costs more than the rest of start-up together.
"""

__version__ = "0.2.0"
