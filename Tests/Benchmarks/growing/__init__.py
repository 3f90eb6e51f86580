"""How cost grows: with rules and hosts, reloads, workers, bodies, connections."""
