#!/usr/bin/env python3
"""Runs the methodwall container of a Kubernetes manifest as a node would, without a cluster.

    unshare --net --mount --pid --fork --kill-child pod.py PROGRAM FILE

In an image that is read-only and has nothing else in it, as the user of the manifest, with the ConfigMaps
mounted and replaced as the kubelet does it, and with a service where the configuration looks for one. Sends
the probes of the manifest from and to the pod's address, changes the policy, and stops the container while a
request is under way. Prints every mistake, and exits with 1 if there is one.
"""

import ctypes
import http.client
import http.server
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

from manifests import Manifest

POD = "10.42.0.7"
PATIENCE = 20  # seconds for whatever has to happen
NO_NEW_PRIVILEGES = 38  # PR_SET_NO_NEW_PRIVS


def run(*command):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


class Volume:
    """A ConfigMap as the kubelet mounts it: files behind a link that one rename replaces."""

    def __init__(self, folder, data):
        self.folder, self.number = folder, 0
        os.mkdir(folder)
        self.write(data)
        for name in data:
            os.symlink(f"..data/{name}", f"{folder}/{name}")

    def write(self, data):
        old = f"..{self.number}"
        self.number += 1
        new = f"..{self.number}"
        os.mkdir(f"{self.folder}/{new}")
        for name, text in data.items():
            with open(f"{self.folder}/{new}/{name}", "w", encoding="utf-8") as file:
                file.write(text)
        os.symlink(new, f"{self.folder}/..data_tmp")
        os.rename(f"{self.folder}/..data_tmp", f"{self.folder}/..data")
        shutil.rmtree(f"{self.folder}/{old}", ignore_errors=True)


class Service(http.server.BaseHTTPRequestHandler):
    """The service behind: accepts whatever comes."""

    protocol_version = "HTTP/1.1"
    slow = threading.Event()

    def answer(self):
        if "slow" in self.path:
            self.slow.set()
            time.sleep(1)
        self.send_response(200)
        self.send_header("Content-Length", "3")
        self.end_headers()
        self.wfile.write(b"ok\n")

    do_GET = do_DELETE = answer

    def log_message(self, *_):
        pass


class Pod:
    def __init__(self, program, path, folder):
        self.manifest = Manifest(path)
        self.image, self.volumes = f"{folder}/image", {}
        self.make_image(program)
        self.mount_volumes(folder)
        run("mount", "-o", "remount,ro", self.image)
        run("ip", "link", "set", "lo", "up")
        run("ip", "address", "add", f"{POD}/32", "dev", "lo")
        self.serve()
        self.process = self.start()

    def make_image(self, program):
        os.mkdir(self.image)
        run("mount", "-t", "tmpfs", "image", self.image)
        libraries = re.findall(r"(/\S+) \(0x", run("ldd", program))
        for source, target in [(program, "/methodwall")] + [(path, path) for path in libraries]:
            os.makedirs(self.image + os.path.dirname(target), exist_ok=True)
            shutil.copy(source, self.image + target)
        for folder in ("dev", "etc", "proc"):
            os.makedirs(f"{self.image}/{folder}", exist_ok=True)
        run("mount", "--rbind", "/dev", f"{self.image}/dev")
        run("mount", "-t", "proc", "proc", f"{self.image}/proc")
        with open(f"{self.image}/etc/hosts", "w", encoding="utf-8") as hosts:
            for url in self.manifest.configuration["upstreams"].values():
                name = url.removeprefix("http://").rsplit(":", 1)[0]
                hosts.write(f"127.0.0.1 {name}\n" if name != "127.0.0.1" else "")

    def mount_volumes(self, folder):
        for path, mount in self.manifest.mounts.items():
            source, target = f"{folder}/{mount['name']}", self.image + path
            self.volumes[path] = Volume(source, self.manifest.config_map(path))
            os.makedirs(target)
            run("mount", "--bind", source, target)
            if mount.get("readOnly"):
                run("mount", "-o", "remount,bind,ro", target)

    def serve(self):
        for url in self.manifest.configuration["upstreams"].values():
            address = ("127.0.0.1", int(url.rsplit(":", 1)[1]))
            server = http.server.ThreadingHTTPServer(address, Service)
            threading.Thread(target=server.serve_forever, daemon=True).start()

    def start(self):
        own, shared = self.manifest.container["securityContext"], self.manifest.pod["securityContext"]
        user, group = (own.get(key, shared.get(key)) for key in ("runAsUser", "runAsGroup"))
        prctl = ctypes.CDLL(None, use_errno=True).prctl
        self.expect(bool(user and group), True, "the user not to be root")

        def enter():
            os.chroot(self.image)
            os.chdir("/")
            os.setgroups([])
            os.setresgid(group, group, group)
            os.setresuid(user, user, user)
            prctl(NO_NEW_PRIVILEGES, 1, 0, 0, 0)

        arguments = ["/methodwall"] + self.manifest.container["args"]
        return subprocess.Popen(arguments, preexec_fn=enter, stdin=subprocess.DEVNULL, env={})

    def ask(self, port, path, method="GET", headers=()):
        """The status of an answer, and its text; as the kubelet asks, by the pod's address."""
        client = http.client.HTTPConnection(POD, port, timeout=PATIENCE, source_address=(POD, 0))
        fields = {"User-Agent": "kube-probe/1.29", "Accept": "*/*", "Connection": "close"}
        try:
            client.request(method, path, headers=fields | dict(headers))
            response = client.getresponse()
            return response.status, response.read().decode()
        except ConnectionRefusedError:
            return 0, "connection refused"
        finally:
            client.close()

    def probe(self, kind):
        """Nothing if a probe succeeds, else what it saw."""
        probe = self.manifest.container[kind]["httpGet"]
        headers = [(header["name"], header["value"]) for header in probe.get("httpHeaders", [])]
        status, text = self.ask(self.manifest.ports[probe["port"]], probe["path"], headers=headers)
        if 400 <= status < 500:
            raise AssertionError(f"{kind} never succeeds: {status} {text.strip()}")
        return None if 200 <= status < 400 else f"{kind} fails: {status} {text.strip()}"

    def metric(self, name):
        text = self.ask(self.manifest.admin_port(), "/metrics")[1]
        found = re.search(rf"^{name}(\{{.*\}})? (\S+)$", text, re.MULTILINE)
        return (found[1] or found[2]) if found else None

    def wait(self, what, condition):
        """Asks until the condition has no objection."""
        deadline = time.monotonic() + PATIENCE
        while objection := condition():
            if self.process.poll() is not None:
                raise AssertionError(f"{what}: it ended with {self.process.returncode}")
            if time.monotonic() > deadline:
                raise AssertionError(f"{what}: {objection}")
            time.sleep(0.05)

    def check(self):
        for kind in ("readinessProbe", "livenessProbe"):
            self.wait("start", lambda kind=kind: self.probe(kind))
        self.check_policies()
        self.check_stop()

    def check_policies(self):
        port = self.manifest.listen_ports()[0]
        folder = self.manifest.configuration["policies"]
        name, text = next(iter(self.manifest.policies().items()))
        version = self.metric("methodwall_policy_info")
        # Enforced, the path is no more than it says.
        enforced = re.sub(r"^mode: .*\n", "", text, flags=re.MULTILINE).replace(" report ", " ")
        self.volumes[folder].write({name: enforced + "# changed\n"})
        self.wait("change", lambda: self.metric("methodwall_policy_info") == version and "not taken up")
        self.expect(self.ask(port, "/users", "DELETE")[0], 405, "DELETE /users")
        self.expect(self.ask(port, "/users")[0], 200, "GET /users")

        version = self.metric("methodwall_policy_info")
        self.volumes[folder].write({name: text.replace("GET", "GETT")})
        success = "methodwall_policy_last_reload_success"
        self.wait("mistake", lambda: self.metric(success) != "0" and "not seen")
        self.expect(self.metric("methodwall_policy_info"), version, "the version after a mistake")
        for kind in ("readinessProbe", "livenessProbe"):
            self.expect(self.probe(kind), None, f"the {kind} after a mistake")

    def check_stop(self):
        """SIGTERM, as it comes after preStop, with a request under way."""
        port, statuses = self.manifest.listen_ports()[0], []
        asking = threading.Thread(target=lambda: statuses.append(self.ask(port, "/users?slow=1")[0]))
        asking.start()
        self.expect(Service.slow.wait(PATIENCE), True, "a slow request to begin")
        self.process.send_signal(signal.SIGTERM)
        self.expect(self.process.wait(PATIENCE), 0, "the exit status")
        asking.join(PATIENCE)
        self.expect(statuses, [200], "the status of what was under way")

    def expect(self, value, expected, what):
        if value != expected:
            raise AssertionError(f"{what}: {value!r}, not {expected!r}")


def main(arguments):
    if len(arguments) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    os.umask(0o022)
    with tempfile.TemporaryDirectory() as folder:
        # Mounts are seen here alone, and end with this process.
        run("mount", "--make-rprivate", "/")
        run("mount", "-t", "tmpfs", "pod", folder)
        os.chmod(folder, 0o755)
        pod = None
        try:
            pod = Pod(*arguments, folder)
            pod.check()
        except AssertionError as mistake:
            print(f"{arguments[1]}: {mistake}")
            return 1
        finally:
            if pod and pod.process.poll() is None:
                pod.process.kill()
                pod.process.wait()
            run("umount", "--recursive", folder)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
