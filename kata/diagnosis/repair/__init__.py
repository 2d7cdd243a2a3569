"""Locate a slip that no bank lists: search for a small mutation that repairs the answer."""
