"""The lives behind the simulated accounts: what people buy, earn and move, day by day."""
