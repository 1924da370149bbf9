"""The scheduler: it moves jobs through their states, places them on environments and hands them to a runner."""
