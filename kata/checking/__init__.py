"""Run an answer in a sandbox, and ask about it: what specs import, test doubles, and the pretend accelerator."""
