#!/usr/bin/env python3
"""What a schema cannot see in the Kubernetes manifests: that their parts agree with each other.

    manifests.py FILE...                 checks, prints every mistake, exits with 1 if there is one
    manifests.py --extract FOLDER FILE   writes the configuration and the policies of a manifest there
"""

import os
import sys

import yaml

METHODWALL = "methodwall"  # the container's name


class StrictLoader(yaml.SafeLoader):
    """Refuses a key that stands twice in one mapping: YAML's last one would win without a word."""

    def construct_mapping(self, node, deep=False):
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        twice = {str(key) for key in keys if keys.count(key) > 1}
        if twice:
            raise yaml.constructor.ConstructorError(
                None, None, "written twice: " + ", ".join(sorted(twice)), node.start_mark
            )
        return super().construct_mapping(node, deep)


def matches(selector, labels):
    """Whether a selector's matchLabels choose something with these labels."""
    wanted = selector.get("matchLabels", {})
    return bool(wanted) and wanted.items() <= labels.items()


class Manifest:
    """The objects of one file, and the mistakes found in them."""

    def __init__(self, path):
        self.path = path
        self.mistakes = []
        with open(path, encoding="utf-8") as file:
            self.objects = [o for o in yaml.load_all(file, Loader=StrictLoader) if o]
        names = [(o["kind"], o["metadata"]["name"]) for o in self.objects]
        self.expect(len(names) == len(set(names)), "two objects have one kind and name")
        self.deployments = self.of_kind("Deployment")
        self.expect(len(self.deployments) == 1, "there is not exactly one Deployment")
        self.deployment = self.deployments[0]
        self.template = self.deployment["spec"]["template"]
        self.labels = self.template["metadata"]["labels"]
        self.pod = self.template["spec"]
        self.container = next(c for c in self.pod["containers"] if c["name"] == METHODWALL)
        self.ports = {p["name"]: p["containerPort"] for p in self.container["ports"]}
        self.mounts = {m["mountPath"]: m for m in self.container["volumeMounts"]}
        self.configuration = yaml.load(self.mounted(self.config_path()), Loader=StrictLoader)

    def of_kind(self, kind):
        return [o for o in self.objects if o["kind"] == kind]

    def expect(self, holds, mistake):
        if not holds:
            self.mistakes.append(f"{self.path}: {mistake}")

    def config_path(self):
        args = self.container["args"]
        return args[args.index("--config") + 1]

    def config_map(self, folder):
        """The data of the ConfigMap that is mounted at a folder."""
        mount = self.mounts.get(folder)
        if mount is None:
            raise SystemExit(f"{self.path}: nothing is mounted at {folder}")
        volume = next((v for v in self.pod["volumes"] if v["name"] == mount["name"]), None)
        if volume is None:
            raise SystemExit(f"{self.path}: there is no volume {mount['name']}")
        name = volume["configMap"]["name"]
        for config_map in self.of_kind("ConfigMap"):
            if config_map["metadata"]["name"] == name:
                return config_map["data"]
        raise SystemExit(f"{self.path}: there is no ConfigMap {name}")

    def mounted(self, path):
        folder, name = os.path.split(path)
        data = self.config_map(folder)
        if name not in data:
            raise SystemExit(f"{self.path}: {path} is in no ConfigMap")
        return data[name]

    def policies(self):
        return self.config_map(self.configuration["policies"])

    def listen_ports(self):
        return [int(l["address"].rsplit(":", 1)[1]) for l in self.configuration["listen"]]

    def admin(self):
        """The admin listener's address, and the names by which it may be asked."""
        admin = self.configuration["admin"]
        if isinstance(admin, str):
            return admin, []
        return admin["address"], admin.get("hosts", [])

    def admin_port(self):
        return int(self.admin()[0].rsplit(":", 1)[1])

    def check(self):
        self.check_pod()
        self.check_security()
        self.check_probes()
        self.check_stopping()
        self.check_services()
        self.check_scaling()
        self.check_network()
        return self.mistakes

    def check_pod(self):
        self.expect(
            matches(self.deployment["spec"]["selector"], self.labels),
            "the Deployment does not select its own pods",
        )
        for path, mount in self.mounts.items():
            self.expect(mount.get("readOnly") is True, f"{path} is not mounted read-only")
            self.expect("subPath" not in mount, f"{path}: a subPath is never updated")
        self.expect(
            any(name.endswith((".yaml", ".yml")) for name in self.policies()),
            "no policy is in the ConfigMap of policies",
        )
        served = self.listen_ports() + [self.admin_port()]
        self.expect(
            sorted(served) == sorted(self.ports.values()),
            f"ports {sorted(self.ports.values())} are named, and {sorted(served)} are served",
        )
        for constraint in self.pod.get("topologySpreadConstraints", []):
            self.expect(matches(constraint["labelSelector"], self.labels), "other pods are spread")

    def check_security(self):
        self.expect(self.pod["securityContext"].get("runAsNonRoot") is True, "root may run")
        for container in self.pod["containers"] + self.pod.get("initContainers", []):
            context, name = container.get("securityContext", {}), container["name"]
            self.expect(context.get("allowPrivilegeEscalation") is False, f"{name} may escalate")
            self.expect(context.get("capabilities") == {"drop": ["ALL"]}, f"{name} has capabilities")
            self.expect(
                name != METHODWALL or context.get("readOnlyRootFilesystem") is True,
                f"{name} may write to its image",
            )

    def check_probes(self):
        address, hosts = self.admin()
        self.expect(
            not address.startswith(("127.", "localhost", "[::1]", "unix:")),
            "the admin listener is on loopback, where the kubelet cannot reach it",
        )
        for kind in ("livenessProbe", "readinessProbe"):
            probe = self.container[kind]["httpGet"]
            port = self.ports.get(probe["port"])
            self.expect(port is not None, f"{kind}: no port has the name {probe['port']}")
            if port != self.admin_port():
                continue
            self.expect(probe["path"] in ("/healthz", "/readyz"), f"{kind}: {probe['path']}")
            # Without a Host of their own, probes name the pod's address, which is the listener's.
            for header in probe.get("httpHeaders", []):
                self.expect(
                    header["name"] != "Host" or header["value"] in hosts + ["localhost"],
                    f"{kind}: Host {header['value']} is not in admin.hosts",
                )

    def check_stopping(self):
        wait = int(self.container["lifecycle"]["preStop"]["exec"]["command"][1])
        drain = int(self.configuration["drain"].removesuffix("s"))
        grace = self.pod["terminationGracePeriodSeconds"]
        self.expect(
            wait + drain < grace, f"preStop {wait} s and drain {drain} s do not fit into {grace} s"
        )

    def check_services(self):
        services = self.of_kind("Service")
        self.expect(services, "there is no Service")
        for service in services:
            name = service["metadata"]["name"]
            self.expect(
                service["spec"]["selector"].items() <= self.labels.items(),
                f"Service {name} selects other pods",
            )
            for port in service["spec"]["ports"]:
                target = self.ports.get(port["targetPort"], port["targetPort"])
                self.expect(
                    target in self.listen_ports(),
                    f"Service {name} leads to {target}, where methodwall does not listen",
                )

    def check_scaling(self):
        for kind in ("HorizontalPodAutoscaler", "PodDisruptionBudget"):
            self.expect(self.of_kind(kind), f"there is no {kind}")
        for scaler in self.of_kind("HorizontalPodAutoscaler"):
            target = scaler["spec"]["scaleTargetRef"]
            self.expect(
                (target["kind"], target["name"])
                == ("Deployment", self.deployment["metadata"]["name"]),
                "the HorizontalPodAutoscaler scales something else",
            )
            self.expect(
                "replicas" not in self.deployment["spec"], "each apply would set `replicas` back"
            )
            # One container without a request, and nothing is scaled.
            for container in self.pod["containers"] + self.pod.get("initContainers", []):
                self.expect(
                    "cpu" in container["resources"]["requests"],
                    f"{container['name']} has no request to measure CPU by",
                )
        for budget in self.of_kind("PodDisruptionBudget"):
            self.expect(matches(budget["spec"]["selector"], self.labels), "other pods are budgeted")

    def check_network(self):
        policies = self.of_kind("NetworkPolicy")
        own = [p for p in policies if matches(p["spec"]["podSelector"], self.labels)]
        self.expect(own, "no NetworkPolicy is about methodwall's pods")
        allowed = set(self.listen_ports()) | {self.admin_port()}
        for rule in (rule for policy in own for rule in policy["spec"]["ingress"]):
            ports = {p["port"] for p in rule.get("ports", [])}
            self.expect(
                ports and ports <= allowed,
                f"ports {sorted(ports)} are let in, of which only {sorted(allowed)} are methodwall's",
            )
            self.expect(
                self.admin_port() not in ports or rule.get("from"), "anybody reaches the admin port"
            )
        if any(c["name"] != METHODWALL for c in self.pod.get("initContainers", [])):
            return  # The service is in the same pod.
        behind = [p for p in policies if p not in own]
        self.expect(behind, "no NetworkPolicy keeps clients from going round methodwall")
        for rule in (rule for policy in behind for rule in policy["spec"]["ingress"]):
            peers = rule.get("from") or [{}]
            self.expect(
                all(matches(p.get("podSelector", {}), self.labels) for p in peers),
                "the service is let be reached by others than methodwall",
            )


def extract(folder, path):
    """Writes methodwall.yaml and policies/ as they would be mounted, for `methodwall check`."""
    manifest = Manifest(path)
    policies = os.path.join(folder, "policies")
    os.makedirs(policies)
    for name, text in manifest.policies().items():
        with open(os.path.join(policies, name), "w", encoding="utf-8") as file:
            file.write(text)
    text = manifest.mounted(manifest.config_path())
    mounted = f"policies: {manifest.configuration['policies']}\n"
    if mounted not in text:
        raise SystemExit(f"{path}: no line `{mounted.strip()}`")
    with open(os.path.join(folder, "methodwall.yaml"), "w", encoding="utf-8") as file:
        file.write(text.replace(mounted, "policies: policies\n"))


def main(arguments):
    if len(arguments) == 3 and arguments[0] == "--extract":
        extract(arguments[1], arguments[2])
        return 0
    if not arguments or arguments[0].startswith("-"):
        print(__doc__, file=sys.stderr)
        return 2
    mistakes = []
    for path in arguments:
        try:
            mistakes += Manifest(path).check()
        except (yaml.YAMLError, LookupError, StopIteration, TypeError, ValueError) as error:
            mistakes.append(f"{path}: {type(error).__name__}: {error}")
    print("\n".join(mistakes), end="\n" if mistakes else "")
    return 1 if mistakes else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
