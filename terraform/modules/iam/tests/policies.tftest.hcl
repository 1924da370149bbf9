# The real provider, because only it can write out policies; it is asked for nothing that needs AWS.
provider "aws" {
  region                      = "ap-northeast-1"
  access_key                  = "test"
  secret_key                  = "test"
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_requesting_account_id  = true
}

override_data {
  target = data.aws_caller_identity.current
  values = {
    account_id = "123456789012"
  }
}

variables {
  name                 = "demo"
  bucket_arn           = "arn:aws:s3:::demo-data-123456789012"
  bucket_kms_key_arn   = "arn:aws:kms:ap-northeast-1:123456789012:key/a"
  job_log_group_arn    = "arn:aws:logs:ap-northeast-1:123456789012:log-group:/aws/batch/demo"
  queue_names          = ["demo-fargate-high-priority"]
  job_definition_names = ["demo-fargate-sample"]
  repository_names     = ["demo/latest"]
  secret_arns          = ["arn:aws:ssm:ap-northeast-1:123456789012:parameter/demo/level", "arn:aws:secretsmanager:ap-northeast-1:123456789012:secret:demo-AbCdEf"]
  job_roles = {
    sample = {}
    report = {
      read_prefixes  = ["out/"]
      write_prefixes = ["out/reports/"]
      statements     = [{ sid = "Notify", actions = ["sqs:SendMessage"], resources = ["arn:aws:sqs:ap-northeast-1:123456789012:reports"] }]
    }
  }
  github_deployer = { repository = "example/batch", subjects = ["environment:dev"], create_provider = true }
}

run "policies" {
  command = plan

  assert {
    condition = { for statement in jsondecode(data.aws_iam_policy_document.execution.json).Statement : statement.Sid => statement.Resource } == {
      RegistryLogin  = "*"
      PullImages     = "arn:aws:ecr:ap-northeast-1:123456789012:repository/demo/latest"
      WriteLogs      = "arn:aws:logs:ap-northeast-1:123456789012:log-group:/aws/batch/demo:*"
      ReadSecrets    = "arn:aws:secretsmanager:ap-northeast-1:123456789012:secret:demo-AbCdEf"
      ReadParameters = "arn:aws:ssm:ap-northeast-1:123456789012:parameter/demo/level"
    }
    error_message = "The execution role may use this environment's images, logs and secrets and nothing else."
  }

  assert {
    condition     = !strcontains(data.aws_iam_policy_document.execution.json, "CreateLogGroup")
    error_message = "The execution role must not make log groups: they would keep logs for ever."
  }

  assert {
    condition = { for statement in jsondecode(data.aws_iam_policy_document.job["report"].json).Statement : statement.Sid => statement.Resource } == {
      ListPrefixes = "arn:aws:s3:::demo-data-123456789012"
      ReadObjects  = ["arn:aws:s3:::demo-data-123456789012/submit/*", "arn:aws:s3:::demo-data-123456789012/out/*"]
      WriteObjects = "arn:aws:s3:::demo-data-123456789012/out/reports/*"
      UseBucketKey = "arn:aws:kms:ap-northeast-1:123456789012:key/a"
      Notify       = "arn:aws:sqs:ap-northeast-1:123456789012:reports"
    }
    error_message = "A job may use its prefixes, what was submitted with it and what was added, nothing else."
  }

  assert {
    condition = toset(one([for statement in jsondecode(data.aws_iam_policy_document.submitter.json).Statement : statement.Resource if statement.Sid == "Submit"])) == toset([
      "arn:aws:batch:ap-northeast-1:123456789012:job-queue/demo-fargate-high-priority",
      "arn:aws:batch:ap-northeast-1:123456789012:job-definition/demo-fargate-*",
      "arn:aws:batch:ap-northeast-1:123456789012:job/*",
    ])
    error_message = "The submitter may submit to these queues with this platform's definitions only."
  }

  assert {
    condition = one([for statement in jsondecode(data.aws_iam_policy_document.submitter.json).Statement : statement if statement.Sid == "RegisterImages"]) == {
      Sid       = "RegisterImages"
      Effect    = "Allow"
      Action    = ["batch:TagResource", "batch:RegisterJobDefinition"]
      Resource  = "arn:aws:batch:ap-northeast-1:123456789012:job-definition/demo-fargate-*-image-????????????-*"
      Condition = { BoolIfExists = { "batch:Privileged" = "false" } }
    }
    error_message = "The submitter may register definitions of other images, and no revision of a released one."
  }

  assert {
    condition = toset(one([for statement in jsondecode(data.aws_iam_policy_document.submitter.json).Statement : statement.Resource if statement.Sid == "PassRoles"])) == toset([
      "arn:aws:iam::123456789012:role/demo-execution",
      "arn:aws:iam::123456789012:role/demo-job-*",
    ])
    error_message = "The submitter may pass the roles of jobs alone."
  }

  assert {
    condition = jsondecode(data.aws_iam_policy_document.tasks_trust.json).Statement[0].Condition == {
      ArnLike      = { "aws:SourceArn" = "arn:aws:ecs:ap-northeast-1:123456789012:*" }
      StringEquals = { "aws:SourceAccount" = "123456789012" }
    }
    error_message = "ECS must not be able to use these roles on behalf of another account."
  }

  assert {
    condition     = jsondecode(data.aws_iam_policy_document.deployer_trust[0].json).Statement[0].Condition.StringLike == { "token.actions.githubusercontent.com:sub" = "repo:example/batch:environment:dev" }
    error_message = "Only this environment of this repository may deploy."
  }

  assert {
    condition     = toset(keys(aws_iam_role.job)) == toset(["sample", "report"]) && aws_iam_role.job["report"].name == "demo-job-report"
    error_message = "Each job profile has a role of its own."
  }
}

run "fargate_alone" {
  command = plan

  variables {
    platforms       = ["FARGATE"]
    github_deployer = null
  }

  assert {
    condition     = length(aws_iam_role.instance) + length(aws_iam_instance_profile.instance) + length(aws_iam_role.deployer) == 0 && output.instance_profile_arn == null
    error_message = "What is not needed is not made."
  }
}

run "released_code_alone" {
  command = plan

  variables {
    unreleased_code = false
  }

  assert {
    condition     = length(regexall("batch:RegisterJobDefinition|iam:PassRole|ecr:", data.aws_iam_policy_document.submitter.json)) == 0
    error_message = "Where released code alone runs, the submitter registers nothing."
  }
}

run "definitions_of_other_names" {
  command = plan

  variables {
    job_definition_names = ["another"]
  }

  assert {
    condition = toset(one([for statement in jsondecode(data.aws_iam_policy_document.submitter.json).Statement : statement.Resource if statement.Sid == "Submit"])) == toset([
      "arn:aws:batch:ap-northeast-1:123456789012:job-queue/demo-fargate-high-priority",
      "arn:aws:batch:ap-northeast-1:123456789012:job-definition/another:*",
      "arn:aws:batch:ap-northeast-1:123456789012:job-definition/another-image-????????????-*",
      "arn:aws:batch:ap-northeast-1:123456789012:job/*",
    ])
    error_message = "What is registered may be submitted too."
  }
}

# The most that an environment may have, under the longest names.
run "policies_at_their_largest" {
  command = plan

  variables {
    name                 = "abcdefghijkl-abcdefghijkl"
    queue_names          = [for number in range(20) : "abcdefghijkl-abcdefghijkl-fargate-high-priority-${number}"]
    job_definition_names = concat([for number in range(200) : "abcdefghijkl-abcdefghijkl-ec2-${"a job of a long name-"}${number}"], [for number in range(200) : "abcdefghijkl-abcdefghijkl-fargate-job-${number}-green"], ["another"])
    repository_names     = [for number in range(20) : "abcdefghijkl-abcdefghijkl/image-${number}"]
    keeps_events         = true
  }

  assert {
    condition     = contains(one([for statement in jsondecode(data.aws_iam_policy_document.submitter.json).Statement : statement.Resource if statement.Sid == "ReadEvents"]), "arn:aws:logs:ap-northeast-1:123456789012:log-group:/aws/events/abcdefghijkl-abcdefghijkl:*")
    error_message = "Who submits may read what AWS Batch has forgotten."
  }

  assert {
    condition     = length(replace(data.aws_iam_policy_document.submitter.json, "/\\s/", "")) < 10240
    error_message = "A role's inline policies have 10,240 characters in all, white space apart."
  }

  assert {
    condition     = length([for arn in local.definition_arns : arn if strcontains(arn, "job-definition/")]) == 3
    error_message = "Definitions are named by a pattern for each platform, others one by one."
  }

  assert {
    condition     = length(replace(data.aws_iam_policy_document.execution.json, "/\\s/", "")) < 10240
    error_message = "A role's inline policies have 10,240 characters in all, white space apart."
  }
}

run "ways_out" {
  command = plan

  variables {
    permissions_boundary_arn = "arn:aws:iam::123456789012:policy/boundary"
    role_path                = "/batch/"
    session_manager          = true
    instance_policy_arns     = ["arn:aws:iam::123456789012:policy/fsx"]
    extra_repository_arns    = ["arn:aws:ecr:us-east-1:210987654321:repository/base/python"]
    execute_command_jobs     = ["report"]
    job_roles = {
      sample = {}
      report = { policy_arns = ["arn:aws:iam::aws:policy/AmazonAthenaFullAccess"] }
    }
  }

  assert {
    condition     = alltrue([for role in concat([aws_iam_role.execution, aws_iam_role.submitter], aws_iam_role.instance, aws_iam_role.deployer, values(aws_iam_role.job)) : role.permissions_boundary == "arn:aws:iam::123456789012:policy/boundary" && role.path == "/batch/"]) && aws_iam_instance_profile.instance[0].path == "/batch/"
    error_message = "A boundary and a path go for every role."
  }

  assert {
    condition     = toset(keys(aws_iam_role_policy_attachment.instance)) == toset(["arn:aws:iam::123456789012:policy/fsx", "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"]) && keys(aws_iam_role_policy_attachment.job) == ["report arn:aws:iam::aws:policy/AmazonAthenaFullAccess"]
    error_message = "Instances and jobs may get policies of one's own."
  }

  assert {
    condition     = contains(one([for statement in jsondecode(data.aws_iam_policy_document.execution.json).Statement : statement.Resource if statement.Sid == "PullImages"]), "arn:aws:ecr:us-east-1:210987654321:repository/base/python")
    error_message = "Images of other repositories can be pulled."
  }

  assert {
    condition     = strcontains(data.aws_iam_policy_document.job["report"].json, "ssmmessages:OpenDataChannel") && !strcontains(data.aws_iam_policy_document.job["sample"].json, "ssmmessages")
    error_message = "Only jobs that ask for it get the channels of ECS Exec."
  }
}

run "china" {
  command = plan

  override_data {
    target = data.aws_partition.current
    values = { partition = "aws-cn", dns_suffix = "amazonaws.com.cn" }
  }

  assert {
    condition     = strcontains(data.aws_iam_policy_document.instance_trust[0].json, "\"ec2.amazonaws.com.cn\"") && strcontains(data.aws_iam_policy_document.job["sample"].json, "s3.ap-northeast-1.amazonaws.com.cn") && strcontains(data.aws_iam_policy_document.submitter.json, "s3.ap-northeast-1.amazonaws.com.cn") && !strcontains(data.aws_iam_policy_document.execution.json, "amazonaws.com\"")
    error_message = "Hosts in conditions and EC2's principal have the partition's suffix."
  }
}
