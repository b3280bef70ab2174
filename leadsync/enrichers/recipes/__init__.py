"""Ready definitions of columns, as column files: one column each, with a description."""
