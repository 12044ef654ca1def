"""What became of incremental schedules: what their runs brought and saved, and what is at risk."""
