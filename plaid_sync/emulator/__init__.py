"""A simulated bank that speaks Plaid's HTTP interface on loopback, with the standard library only."""
