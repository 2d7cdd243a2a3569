"""Say it: `results` is the data of a session, `report` makes lines of it, `terminal` writes them, `maps` draws."""
