"""Out to people: map, tables, layers, summary, record. Nothing here computes a result."""
