"""A mixed load on a gateway that is reloaded, upgraded and robbed of its origins meanwhile."""
