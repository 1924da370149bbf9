"""The operations of AWS Batch: one function each, from a checked request to the answer's members."""
