"""What drives the service from outside and measures it. Knows its HTTP interface, nothing of its inside."""
