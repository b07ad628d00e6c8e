"""Think: values in, values out. Nothing here opens a file."""
