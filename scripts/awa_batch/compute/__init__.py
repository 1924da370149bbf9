"""Generations of compute environments: put a new one in the place of an old one, and lose no job."""
