"""What banks tell through Plaid unasked: received, verified, and acted on."""
