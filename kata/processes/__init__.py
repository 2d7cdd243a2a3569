"""Start processes, measure them, and end them with all that they started, on every system."""
