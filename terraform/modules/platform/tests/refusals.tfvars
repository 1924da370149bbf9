# What the inputs refuse, each with the value that just passes beside it. `make tf-test` makes a native test of each pair
# (tests/terraform/refusals.py); `given` is what every one of them sets besides.

given = {
  environment = "test"
}

refusals = {
  environment = {
    input   = "environment"
    refused = { environment = "Test" }
    passes  = { environment = "test-2" }
  }
  project_length = {
    input   = "project"
    refused = { project = "aaaaaaaaaaaaaaaaaaaaaaaaaaaa" }
    passes  = { project = "aaaaaaaaaaaaaaaaaaaaaaaaaaa" }
  }
  image_by_tag = {
    input   = "release"
    refused = { release = { images = { latest = { blue = "x/latest:1" } } } }
    passes  = { release = { images = { latest = { blue = "x/latest@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" } } } }
  }
  candidate_by_tag = {
    input   = "release"
    refused = { release = { images = { latest = { green = "x/latest" } } } }
    passes  = { release = { images = { latest = { green = "x/latest@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" } } } }
  }
  release_share_without_green = {
    input   = "release"
    refused = { release = { images = { latest = { blue = "x/latest@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", share = 20 } } } }
    passes  = { release = { images = { latest = { blue = "x/latest@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", green = "x/latest@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", share = 20 } } } }
  }
  release_share_above_a_hundred = {
    input   = "release"
    refused = { release = { images = { latest = { green = "x/latest@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", share = 101 } } } }
    passes  = { release = { images = { latest = { green = "x/latest@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", share = 100 } } } }
  }
  release_of_unknown_image = {
    input   = "release"
    refused = { release = { images = { other = { blue = "x/other@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" } } } }
    passes  = { release = { images = { test = { blue = "x/test@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" } } } }
  }
  job_of_unknown_image = {
    input   = "jobs"
    refused = { jobs = { sample = null, a = { image = "other", ec2 = {} } } }
    passes  = { jobs = { sample = null, a = { image = "test", ec2 = {} } } }
  }
  job_that_runs_nowhere = {
    input   = "jobs"
    refused = { jobs = { sample = null, a = {} } }
    passes  = { jobs = { sample = null, a = { fargate = {} } } }
  }
  job_on_disabled_platform = {
    input   = "jobs"
    refused = { jobs = { sample = null, a = { ec2 = {} } }, ec2 = { enabled = false } }
    passes  = { jobs = { sample = null, a = { ec2 = {} } }, fargate = { enabled = false } }
  }
  job_named_green = {
    input   = "jobs"
    refused = { jobs = { sample = null, a-green = { ec2 = {} } } }
    passes  = { jobs = { sample = null, a-greens = { ec2 = {} } } }
  }
  quota = {
    input   = "quotas"
    refused = { quotas = { ec2_spot = 0 } }
    passes  = { quotas = { ec2_spot = 1 } }
  }
  no_platform = {
    input   = "fargate"
    refused = { ec2 = { enabled = false }, fargate = { enabled = false }, jobs = {} }
    passes  = { ec2 = { enabled = false } }
  }
  tags = {
    input   = "tags"
    refused = { tags = { "aws:x" = "1" } }
    passes  = { tags = { "awsx" = "1" } }
  }
  too_many_tags = {
    input   = "tags"
    refused = { tags = { for n in range(31) : "t${n}" => "x" } }
    passes  = { tags = { for n in range(30) : "t${n}" => "x" } }
  }
  tag_key_characters = {
    input   = "tags"
    refused = { tags = { "a,b" = "1" } }
    passes  = { tags = { "Größe 料金_.:/=+-@" = "1" } }
  }
  tag_key_length = {
    input   = "tags"
    refused = { tags = { (join("", [for n in range(129) : "k"])) = "1" } }
    passes  = { tags = { (join("", [for n in range(128) : "k"])) = "1" } }
  }
  tag_value_characters = {
    input   = "tags"
    refused = { tags = { x = "50%" } }
    passes  = { tags = { x = "50 _.:/=+-@" } }
  }
  tag_value_length = {
    input   = "tags"
    refused = { tags = { x = join("", [for n in range(257) : "v"]) } }
    passes  = { tags = { x = join("", [for n in range(256) : "v"]) } }
  }
  jobs_without_a_word_on_sample = {
    input   = "jobs"
    refused = { jobs = { a = { ec2 = {} } } }
    passes  = { jobs = { a = { ec2 = {} }, sample = { fargate = {} } } }
  }
  job_architecture = {
    input   = "jobs"
    refused = { jobs = { sample = { ec2 = {}, architecture = "arm64" } } }
    passes  = { jobs = { sample = { ec2 = {}, architecture = "ARM64" } } }
  }
  on_demand_of_old = {
    input   = "ec2"
    refused = { ec2 = { on_demand = { max_vcpus = 64 } } }
    passes  = { ec2 = { pools = { on_demand = { max_vcpus = 64 } } } }
  }
  spot_of_old = {
    input   = "ec2"
    refused = { ec2 = { spot = { bid_percentage = 80 } } }
    passes  = { ec2 = { pools = { spot = { bid_percentage = 80 } } } }
  }
  fargate_ceilings_of_old = {
    input   = "fargate"
    refused = { fargate = { max_vcpus = { on_demand = 64, spot = 64 } } }
    passes  = { fargate = { pools = { on_demand = { max_vcpus = 64 }, spot = { max_vcpus = 64 } } } }
  }
  generations_of_no_ec2_pool = {
    input   = "generations"
    refused = { generations = { ec2 = { gpu = { a = {} } } } }
    passes  = { generations = { ec2 = { gpu = { a = {} } } }, ec2 = { pools = { gpu = { gpu = true } } } }
  }
  generations_of_no_fargate_pool = {
    input   = "generations"
    refused = { generations = { fargate = { spot = { a = {} } } }, fargate = { pools = { spot = null }, queues = { low = null } } }
    passes  = { generations = { fargate = { spot = { a = {} } } } }
  }
  tag_keys_by_case = {
    input   = "tags"
    refused = { tags = { CostCenter = "1", costcenter = "1" } }
    passes  = { tags = { CostCenter = "1", Cost = "1" } }
  }
}
