"""The usual override middleware before routes that are compared without case, as Express and
ASP.NET compare them. Usage: service.py PORT FILE
"""

import hashlib
import sys
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from werkzeug import Request, Response

port, acted = sys.argv[1:]


class MethodOverride:
    """Takes the method from a field, from the query or from a form, on every wire method."""

    def __init__(self, application):
        self.application = application

    def __call__(self, environ, start_response):
        request = environ["service.request"] = Request(environ)
        content = request.get_data()
        claimed = (
            environ.get("HTTP_X_HTTP_METHOD_OVERRIDE")
            or request.args.get("_method")
            or request.form.get("_method")
        )
        if claimed:
            environ["REQUEST_METHOD"] = claimed.strip().upper()
        environ["service.digest"] = hashlib.sha256(content).hexdigest()
        return self.application(environ, start_response)


def application(environ, start_response):
    request = environ["service.request"]
    line = f"{environ['REQUEST_METHOD']} {environ['PATH_INFO'].lower()}"
    with open(acted, "a", encoding="utf-8") as file:
        file.write(line + "\n")
    text = f"acted: {line}\n"
    for name, value in request.form.items(multi=True):
        text += f"field: {name}={value}\n"
    for name, upload in request.files.items(multi=True):
        text += f"file: {name}={hashlib.sha256(upload.read()).hexdigest()}\n"
    text += f"content: {environ['service.digest']}\n"
    return Response(text)(environ, start_response)


class Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class Handler(WSGIRequestHandler):
    def log_message(self, format, *arguments):
        pass


make_server("127.0.0.1", int(port), MethodOverride(application), Server, Handler).serve_forever()
