"""The order of the loads, and the ratios that it makes possible.

A machine gets faster and slower by the minute. So every load of methodwall stands beside one of nginx, and
beside one of another proxy; ratios are formed between neighbours only.
"""
import statistics

OWN, BASE = "methodwall", "nginx"


def blocks(peers):
    """Lists of proxies to load one after the other; each has methodwall, nginx and up to two others."""
    base = [BASE] if BASE in peers else []
    if OWN not in peers:
        return [list(peers)]
    others = [peer for peer in peers if peer not in (OWN, BASE)]
    pairs = [others[place:place + 2] for place in range(0, len(others), 2)] or [[]]
    return [_block(base, pair) for pair in pairs]


def _block(base, pair):
    # nginx methodwall haproxy envoy methodwall nginx
    if not pair:
        return [*base, OWN, OWN, *base]
    return [*base, OWN, *pair, OWN, *base]


def values_and_ratios(rounds):
    """Figures of a scenario's rounds, each a list of blocks, each a list of (proxy, figure).

    Returns two dictionaries of lists by proxy, a value a round: the figures, and methodwall's figures
    divided by the other's. A proxy is compared with methodwall's loads in its own block.
    """
    values, ratios = {}, {}
    for blocks_of_round in rounds:
        figures, pairs = {}, {}
        for block in blocks_of_round:
            own = [figure for peer, figure in block if peer == OWN]
            for peer, figure in block:
                figures.setdefault(peer, []).append(figure)
                if peer != OWN and own and figure:
                    pairs.setdefault(peer, []).append((statistics.mean(own), figure))
        for peer, of in figures.items():
            values.setdefault(peer, []).append(statistics.mean(of))
        for peer, of in pairs.items():
            ratio = sum(own for own, _ in of) / sum(figure for _, figure in of)
            ratios.setdefault(peer, []).append(ratio)
    return values, ratios
