"""The investments half of the simulated bank: what can be bought, at what price, and who trades it."""
