"""Tests of load.storm: its judging, and each storm against a server that keeps its promises and one that does not."""
