"""Plaid's endpoints: each takes a checked call and gives the answer's fields, request_id excepted."""
