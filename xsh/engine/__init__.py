"""Making it happen: from a stage to a job to a result."""
