"""Words for people: plurals, and Markdown that stays text."""
