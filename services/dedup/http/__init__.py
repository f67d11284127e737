"""What dedup answers over HTTP: to reviewers, and to ministries that ask before they enrol."""
