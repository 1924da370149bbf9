"""AWS's limits of one call: how many ids it takes and how many entries a page has."""

from __future__ import annotations

import re

UNSENDABLE = re.compile("[\0\ud800-\udfff]")
"""What no text of a request holds: NUL, which ends a word and a variable (POSIX, exec), and what UTF-8 cannot encode
(RFC 3629, section 3)."""

DESCRIBED_JOBS = 100
"""Ids of DescribeJobs (model: DescribeJobsRequest.jobs)."""

STOPPED_JOBS = 50
"""Ids of CancelJobs and TerminateJobs (model: CancelJobsRequest.jobs)."""

LISTED_JOBS = 1000
"""Jobs of a page of ListJobs by state (model: ListJobsRequest.maxResults)."""

FILTERED_JOBS = 100
"""Jobs of a page of ListJobs with a filter (model: ListJobsRequest.maxResults)."""

FRONT_OF_QUEUE = 100
"""Jobs that GetJobQueueSnapshot shows (model: FrontOfQueueDetail.jobs)."""

DESCRIBED_OBJECTS = 100
"""Objects of a page, and ARNs or names of one call (model: DescribeSchedulingPoliciesRequest.arns and others)."""
