"""Grade a class, show what it has not understood, and make the repository that is handed out."""
