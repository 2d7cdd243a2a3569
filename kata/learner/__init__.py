"""The command `kata`: progress that is kept, texts that come back, comparison with the solution, and `watch`."""
