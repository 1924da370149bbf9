# What the native tests' mocked provider answers where made-up strings would not pass for the real thing.

mock_data "aws_availability_zones" {
  defaults = {
    names    = ["ap-northeast-1a", "ap-northeast-1c", "ap-northeast-1d"]
    zone_ids = ["apne1-az4", "apne1-az1", "apne1-az2"]
  }
}

mock_data "aws_caller_identity" {
  defaults = {
    account_id = "123456789012"
  }
}

mock_data "aws_iam_policy_document" {
  defaults = {
    json          = "{\"Version\":\"2012-10-17\",\"Statement\":[]}"
    minified_json = "{\"Version\":\"2012-10-17\",\"Statement\":[]}"
  }
}

mock_data "aws_partition" {
  defaults = {
    partition  = "aws"
    dns_suffix = "amazonaws.com"
  }
}

mock_data "aws_region" {
  defaults = {
    name = "ap-northeast-1"
  }
}

mock_data "aws_ssm_parameter" {
  defaults = {
    insecure_value = "ami-0123456789abcdef0"
  }
}

mock_resource "aws_batch_compute_environment" {
  defaults = {
    arn             = "arn:aws:batch:ap-northeast-1:123456789012:compute-environment/mocked"
    ecs_cluster_arn = "arn:aws:ecs:ap-northeast-1:123456789012:cluster/mocked"
  }
}

mock_resource "aws_batch_job_definition" {
  defaults = {
    arn = "arn:aws:batch:ap-northeast-1:123456789012:job-definition/mocked:1"
  }
}

mock_resource "aws_batch_job_queue" {
  defaults = {
    arn = "arn:aws:batch:ap-northeast-1:123456789012:job-queue/mocked"
  }
}

mock_resource "aws_batch_scheduling_policy" {
  defaults = {
    arn = "arn:aws:batch:ap-northeast-1:123456789012:scheduling-policy/mocked"
  }
}

mock_resource "aws_cloudwatch_log_group" {
  defaults = {
    arn = "arn:aws:logs:ap-northeast-1:123456789012:log-group:mocked"
  }
}

mock_resource "aws_ecr_repository" {
  defaults = {
    arn            = "arn:aws:ecr:ap-northeast-1:123456789012:repository/mocked"
    repository_url = "123456789012.dkr.ecr.ap-northeast-1.amazonaws.com/mocked"
  }
}

mock_resource "aws_iam_instance_profile" {
  defaults = {
    arn = "arn:aws:iam::123456789012:instance-profile/mocked"
  }
}

mock_resource "aws_iam_policy" {
  defaults = {
    arn = "arn:aws:iam::123456789012:policy/mocked"
  }
}

mock_resource "aws_iam_role" {
  defaults = {
    arn = "arn:aws:iam::123456789012:role/mocked"
  }
}

mock_resource "aws_kms_key" {
  defaults = {
    arn = "arn:aws:kms:ap-northeast-1:123456789012:key/mocked"
  }
}

mock_resource "aws_s3_bucket" {
  defaults = {
    arn = "arn:aws:s3:::mocked"
  }
}

mock_resource "aws_sns_topic" {
  defaults = {
    arn = "arn:aws:sns:ap-northeast-1:123456789012:mocked"
  }
}

mock_resource "aws_sqs_queue" {
  defaults = {
    arn = "arn:aws:sqs:ap-northeast-1:123456789012:mocked"
  }
}
