"""What runs a job's attempt: a Docker engine, or a local process where there is none."""
