"""Files for banks that take no messages: pain.001 out, pain.002 and pacs.004 back (ISO 20022)."""
