"""The whole product on one machine: simulated bank, web and worker, linked and synced by a visitor."""
