"""AL amyloidosis response, durability, survival and renal recovery from laboratory values."""

__version__ = "0.1.0"
