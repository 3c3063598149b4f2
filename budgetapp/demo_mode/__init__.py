"""The demo inside an install: begun with a button while the books are empty, ended with another, without a trace."""
