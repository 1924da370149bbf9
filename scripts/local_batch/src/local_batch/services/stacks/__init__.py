"""CloudFormation's stacks, whose objects of Batch the local AWS Batch makes."""
