"""What a real card did with lines of code that learners write, and the means to record it anew."""
