"""Arrays only: searches, covers, choices and shapes. Nothing here knows a table or a file."""
