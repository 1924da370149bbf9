"""What an AWS Batch answers, asked of any that has an address: behaviours that AWS documents, one a row."""
