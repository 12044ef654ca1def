"""Many workspaces: one process for each, and one page that tells which of them needs somebody."""
