"""The stand-in for Plaid Link: a script with the contract of Plaid's, and the pages it frames."""
