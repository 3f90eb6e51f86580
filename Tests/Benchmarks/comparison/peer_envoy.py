"""Envoy's configuration: routes for each rule, and a matching tree where there are thousands."""
import json

from comparison.peer import Peer, write_file
from comparison.site import CORS_MAX_AGE, CORS_ORIGIN

TYPES = "type.googleapis.com/envoy."
FILTERS = TYPES + "extensions.filters.http."


class Envoy(Peer):
    """Envoy with one worker thread; routes come from a file that it watches."""

    name = "envoy"

    def write(self, folder, site, port, origin):
        write_file(f"{folder}/routes.json", json.dumps(_routes(site)))
        write_file(f"{folder}/envoy.json", json.dumps(_bootstrap(folder, port, origin)))

    def command(self, folder, port):
        return [self.program, "-c", f"{folder}/envoy.json", "--concurrency", "1",
                "--disable-hot-restart", "--log-level", "warning"]

    def reload(self, running, site):
        self.replace(running, site)  # renaming the file is what Envoy waits for


def _bootstrap(folder, port, origin):
    manager = {
        "@type": TYPES + "extensions.filters.network.http_connection_manager.v3"
                         ".HttpConnectionManager",
        "stat_prefix": "in",
        "rds": {"route_config_name": "site", "config_source": {
            "path_config_source": {"path": f"{folder}/routes.json"}, "resource_api_version": "V3"}},
        "access_log": [{"name": "file", "typed_config": {
            "@type": TYPES + "extensions.access_loggers.file.v3.FileAccessLog",
            "path": f"{folder}/access.log"}}],
        "http_filters": [
            {"name": "cors", "typed_config": {"@type": FILTERS + "cors.v3.Cors"}},
            {"name": "router", "typed_config": {"@type": FILTERS + "router.v3.Router"}}]}
    listener = {"name": "in", "address": _address(port), "filter_chains": [
        {"filters": [{"name": "http", "typed_config": manager}]}]}
    cluster = {"name": "origin", "type": "STATIC", "load_assignment": {
        "cluster_name": "origin", "endpoints": [{"lb_endpoints": [
            {"endpoint": {"address": _address(origin)}}]}]}}
    return {"node": {"id": "compare", "cluster": "compare"},
            "static_resources": {"listeners": [listener], "clusters": [cluster]}}


def _address(port):
    return {"socket_address": {"address": "127.0.0.1", "port_value": port}}


def _routes(site):
    host = {"name": "any", "domains": ["*"]}
    if site.is_large:
        host["matcher"] = _tree(site)
    else:
        host["routes"] = [route for rule in site.rules for route in _rule(rule)]
        host["routes"].append({"match": {"prefix": "/"}, "direct_response": {"status": 404}})
    return {"version_info": "1", "resources": [{
        "@type": TYPES + "config.route.v3.RouteConfiguration", "name": "site",
        "virtual_hosts": [host]}]}


def _tree(site):
    """A hash of exact paths: a list would be walked from its beginning for each request."""
    def action(rule):
        return {"action": {"name": "routes", "typed_config": {
            "@type": TYPES + "config.route.v3.RouteList", "routes": _rule(rule)}}}
    path = {"name": "path", "typed_config": {
        "@type": TYPES + "type.matcher.v3.HttpRequestHeaderMatchInput", "header_name": ":path"}}
    return {"matcher_tree": {"input": path, "exact_match_map": {
        "map": {rule.path: action(rule) for rule in site.rules}}}}


def _rule(rule):
    """OPTIONS is answered, what is accepted goes to the origin, and the rest is refused."""
    match = {"exact": {"path": rule.path}, "under": {"prefix": rule.path},
             "number": {"safe_regex": {"regex": rule.path + "[0-9]+"}}}[rule.kind]
    options = {"match": {**match, "headers": [_method({"exact": "OPTIONS"})]},
               "direct_response": {"status": 204}, **_allow(rule)}
    methods = {"safe_regex": {"regex": "|".join(rule.forwarded)}}
    return [*([_preflight(match, rule)] if rule.cors else []), options,
            {"match": {**match, "headers": [_method(methods)]},
             "route": {"cluster": "origin", "timeout": "0s"}},
            {"match": match, "direct_response": {"status": 405}, **_allow(rule)}]


def _method(matcher):
    return {"name": ":method", "string_match": matcher}


def _allow(rule):
    return {"response_headers_to_add": [{"header": {"key": "Allow", "value": rule.allow}}]}


def _preflight(match, rule):
    """The CORS filter answers before the origin sees it; on a direct_response it does nothing."""
    headers = [_method({"exact": "OPTIONS"}),
               {"name": "origin", "string_match": {"exact": CORS_ORIGIN}},
               {"name": "access-control-request-method", "present_match": True}]
    return {"match": {**match, "headers": headers}, "route": {"cluster": "origin"},
            "typed_per_filter_config": {"cors": _cors(rule)}}


def _cors(rule):
    return {"@type": FILTERS + "cors.v3.CorsPolicy",
            "allow_origin_string_match": [{"exact": CORS_ORIGIN}],
            "allow_methods": rule.allow, "max_age": str(CORS_MAX_AGE)}
