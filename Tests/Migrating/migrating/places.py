"""What the shipped files say, and what stands for it in a test."""
import os

LISTEN, ORIGIN, WALL = "127.0.0.1:8080", "127.0.0.1:9000", "127.0.0.1:8400"
SOCKET, POLICIES = "/run/methodwall/http.sock", "/etc/methodwall/policies"
# The staff's network has to be one that a client on this machine can have an address in.
STAFF, STAFF_HERE = "10.0.0.0/8", "127.10.0.0/16"
STAFF_CLIENT, STAFF_CLIENT_HERE = "10.1.2.3", "127.10.2.3"


def replaced(text, replacements):
    """The text with each of these replaced; each has to be there."""
    for old, new in replacements.items():
        if old not in text:
            raise SystemExit(f"no {old} in:\n{text}")
        text = text.replace(old, new)
    return text


def write(path, text):
    """Writes a file that others may not write to."""
    with open(path, "w") as file:
        file.write(text)
    os.chmod(path, 0o644)


def source_of(request):
    """The address that a request comes from."""
    asked = request.more.get("by", "127.0.0.1")
    return {STAFF_CLIENT: STAFF_CLIENT_HERE}.get(asked, asked)
