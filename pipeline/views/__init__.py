"""What people look at: rows and summaries, made of the same facts for everybody."""
