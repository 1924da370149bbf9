"""AWS's rules as values: limits, sizes and tables, each with its source. The operations hold requests against them.

``model`` names a shape of botocore's service model of AWS Batch, whose documentation text states the rule (shown too at
https://docs.aws.amazon.com/batch/latest/APIReference/). ``quotas`` is the page "AWS Batch service quotas" of the user
guide, ``guide`` another page of it.
"""
