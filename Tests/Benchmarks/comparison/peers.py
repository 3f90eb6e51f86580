"""All proxies by name, in the order in which they are reported."""
from comparison.peer_caddy import Caddy
from comparison.peer_envoy import Envoy
from comparison.peer_haproxy import HAProxy
from comparison.peer_methodwall import MethodwallPeer
from comparison.peer_nginx import Nginx
from comparison.peer_traefik import Traefik

PEERS = {peer.name: peer for peer in (MethodwallPeer, Nginx, HAProxy, Envoy, Traefik, Caddy)}
