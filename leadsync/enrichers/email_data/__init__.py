"""Lists that e-mail checks go by: one name a line, each with its source and date."""
