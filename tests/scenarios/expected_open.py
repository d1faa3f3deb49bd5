"""expected_open.py: where the program does not answer yet as a scenario expects. One row a check:
(scenario, twin, check): (what the program says now, why that is wrong).

A row holds exactly: a check that comes right, or goes wrong in another way, fails the test until its row is mended. The table is to
be empty; nothing is taken off by changing what a scenario expects."""
OPEN = {}
