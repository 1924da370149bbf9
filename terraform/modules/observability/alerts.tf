# AWS's own key for SNS cannot be used by EventBridge: its policy is not ours to change.
data "aws_iam_policy_document" "topic_key" {
  # checkov:skip=CKV_AWS_109: a key's own policy: the resource is the key itself, and without its account nobody could manage it
  # checkov:skip=CKV_AWS_111: a key's own policy: the resource is the key itself, and without its account nobody could manage it
  # checkov:skip=CKV_AWS_356: a key's own policy: the resource is the key itself, and without its account nobody could manage it

  count = local.alerts && var.alerts.kms_key_arn == null ? 1 : 0

  statement {
    sid       = "Account"
    effect    = "Allow"
    actions   = ["kms:*"]
    resources = ["*"]

    principals {
      type        = "AWS"
      identifiers = ["arn:${local.partition}:iam::${local.account_id}:root"]
    }
  }

  # SNS encrypts under the topic's ARN as context. EventBridge sends neither aws:SourceArn nor aws:SourceAccount along with
  # what it encrypts, so a condition on these would send every message to the dead-letter queue (EventBridge guide,
  # "Troubleshooting": my rule has an encrypted topic as its target).
  statement {
    sid       = "Publishers"
    effect    = "Allow"
    actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
    resources = ["*"]

    principals {
      type        = "Service"
      identifiers = ["cloudwatch.amazonaws.com", "events.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "kms:EncryptionContext:aws:sns:topicArn"
      values   = [local.topic_arn]
    }
  }
}

resource "aws_kms_key" "topic" {
  count = local.alerts && var.alerts.kms_key_arn == null ? 1 : 0

  description             = "Encrypts the alerts of ${var.name}"
  deletion_window_in_days = 7
  enable_key_rotation     = true
  policy                  = data.aws_iam_policy_document.topic_key[0].json

  tags = var.tags
}

resource "aws_sns_topic" "alerts" {
  count = local.alerts ? 1 : 0

  name              = "${var.name}-alerts"
  kms_master_key_id = coalesce(var.alerts.kms_key_arn, one(aws_kms_key.topic[*].arn))

  tags = var.tags
}

data "aws_iam_policy_document" "topic" {
  count = local.alerts ? 1 : 0

  # Without a condition: EventBridge does not support one in a topic's policy (EventBridge guide, "Troubleshooting").
  statement {
    sid       = "Rules"
    effect    = "Allow"
    actions   = ["sns:Publish"]
    resources = [aws_sns_topic.alerts[0].arn]

    principals {
      type        = "Service"
      identifiers = ["events.amazonaws.com"]
    }
  }

  statement {
    sid       = "Alarms"
    effect    = "Allow"
    actions   = ["sns:Publish"]
    resources = [aws_sns_topic.alerts[0].arn]

    principals {
      type        = "Service"
      identifiers = ["cloudwatch.amazonaws.com"]
    }

    condition {
      test     = "ArnLike"
      variable = "aws:SourceArn"
      values   = ["arn:${local.partition}:cloudwatch:${local.region}:${local.account_id}:alarm:${var.name}-*"]
    }
  }
}

resource "aws_sns_topic_policy" "alerts" {
  count = local.alerts ? 1 : 0

  arn    = aws_sns_topic.alerts[0].arn
  policy = data.aws_iam_policy_document.topic[0].json
}

resource "aws_sns_topic_subscription" "email" {
  for_each = local.alerts ? var.alerts.emails : []

  topic_arn = aws_sns_topic.alerts[0].arn
  protocol  = "email"
  endpoint  = each.key
}

resource "aws_sns_topic_subscription" "https" {
  for_each = local.alerts ? var.alerts.https_endpoints : []

  topic_arn = aws_sns_topic.alerts[0].arn
  protocol  = "https"
  endpoint  = each.key
}

# What EventBridge cannot deliver is kept for two weeks instead of vanishing.
resource "aws_sqs_queue" "undelivered" {
  count = local.alerts ? 1 : 0

  name                      = "${var.name}-alerts-undelivered"
  message_retention_seconds = 1209600
  sqs_managed_sse_enabled   = true

  tags = var.tags
}

data "aws_iam_policy_document" "undelivered" {
  count = local.alerts ? 1 : 0

  statement {
    sid       = "Rules"
    effect    = "Allow"
    actions   = ["sqs:SendMessage"]
    resources = [aws_sqs_queue.undelivered[0].arn]

    principals {
      type        = "Service"
      identifiers = ["events.amazonaws.com"]
    }

    condition {
      test     = "ArnEquals"
      variable = "aws:SourceArn"
      values   = [for name in keys(local.alert_rules) : local.rule_arns[name]]
    }
  }
}

resource "aws_sqs_queue_policy" "undelivered" {
  count = local.alerts ? 1 : 0

  queue_url = aws_sqs_queue.undelivered[0].id
  policy    = data.aws_iam_policy_document.undelivered[0].json
}

resource "aws_cloudwatch_event_rule" "alert" {
  for_each = { for name, rule in local.alert_rules : name => rule if local.alerts }

  name          = "${var.name}-${each.key}"
  description   = each.value.description
  event_pattern = jsonencode(merge({ source = ["aws.batch"] }, each.value.pattern))

  tags = var.tags
}

resource "aws_cloudwatch_event_target" "alert" {
  for_each = { for name, rule in local.alert_rules : name => rule if local.alerts }

  rule = aws_cloudwatch_event_rule.alert[each.key].name
  arn  = aws_sns_topic.alerts[0].arn

  dead_letter_config {
    arn = aws_sqs_queue.undelivered[0].arn
  }

  input_transformer {
    input_paths = {
      id     = "$.detail.jobId"
      job    = "$.detail.jobName"
      queue  = "$.detail.jobQueue"
      reason = "$.detail.statusReason"
    }
    # Values without quotes around them, which EventBridge puts there: inside of a quoted text it escapes nothing, and the
    # quotes of a reason would make the message invalid (EventBridge guide, "Input transformation").
    input_template = "{\"alert\": ${jsonencode(each.value.message)}, \"reason\": <reason>, \"job\": <job>, \"id\": <id>, \"queue\": <queue>}"
  }
}
