"""The one place that talks to AWS Batch: clients, reads in pages and by the hundred, what its errors mean."""
