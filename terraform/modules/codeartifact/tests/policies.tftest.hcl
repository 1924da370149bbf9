# The real provider, because only it can write out policies. What AWS would answer is given here.
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
  values = { account_id = "123456789012" }
}

variables {
  domain = "acme"
}

run "defaults" {
  command = plan

  assert {
    condition     = one(aws_codeartifact_repository.this.upstream).repository_name == "python-public" && one(aws_codeartifact_repository.public[0].external_connections).external_connection_name == "public:pypi"
    error_message = "Public packages come through a repository of their own."
  }

  assert {
    condition     = length(aws_codeartifact_domain_permissions_policy.this) == 0 && length(aws_codeartifact_repository_permissions_policy.this) == 0
    error_message = "Nobody is let in by the domain or the repository unless named."
  }

  assert {
    condition     = output.index_toml == "[codeartifact]\ndomain = \"acme\"\nowner = \"123456789012\"\nrepository = \"python\"\nregion = \"ap-northeast-1\"\n"
    error_message = "It is what an image's index.toml holds."
  }

  assert {
    condition = [for one in jsondecode(output.read_policy_json).Statement : one.Sid] == ["Sign", "Read", "Bearer"] && jsondecode(output.read_policy_json).Statement[2].Condition == {
      StringEquals = { "sts:AWSServiceName" = "codeartifact.amazonaws.com" }
    }
    error_message = "Who reads signs in, reads, and has bearer tokens of this service alone."
  }
}

run "shared" {
  command = plan

  variables {
    public_packages = false
    publisher_arns  = ["arn:aws:iam::123456789012:role/ci"]
    reader_arns     = ["arn:aws:iam::210987654321:root"]
  }

  assert {
    condition     = length(aws_codeartifact_repository.public) == 0 && length(aws_codeartifact_repository.this.upstream) == 0
    error_message = "Nothing comes from pypi.org."
  }

  assert {
    condition     = toset(jsondecode(aws_codeartifact_domain_permissions_policy.this[0].policy_document).Statement[0].Principal.AWS) == toset(["arn:aws:iam::123456789012:role/ci", "arn:aws:iam::210987654321:root"])
    error_message = "Who reads and who publishes signs in."
  }

  assert {
    condition = [for one in jsondecode(aws_codeartifact_repository_permissions_policy.this[0].policy_document).Statement : [one.Sid, one.Resource]] == [
      ["Read", "arn:aws:codeartifact:ap-northeast-1:123456789012:repository/acme/python"],
      ["Publish", "arn:aws:codeartifact:ap-northeast-1:123456789012:package/acme/python/*"],
    ]
    error_message = "Packages are published into this repository alone."
  }

  assert {
    condition     = jsondecode(aws_codeartifact_repository_permissions_policy.this[0].policy_document).Statement[1].Principal.AWS == "arn:aws:iam::123456789012:role/ci"
    error_message = "Readers do not publish."
  }
}
