"""A folder of sample files read and compared with what they are known to hold: `python -m imports.corpus DIR`."""
