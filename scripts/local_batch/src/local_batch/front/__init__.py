"""The HTTP side: listening, telling requests apart, and the wire format of the Batch API."""
