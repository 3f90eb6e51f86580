"""What the program says of itself."""
import json


class Answers:
    """Its commands and the keys of its files."""

    def __init__(self, folder):
        def parsed(name):
            with open(f"{folder}/{name}", encoding="utf-8") as file:
                return json.load(file)

        self.root = parsed("commands")["command"]
        self.schemas = {"The configuration file": parsed("configuration"),
                        "Policy files": parsed("policy")}

    def commands(self, command=None):
        """Each command below the root, as its path of names and what was said of it."""
        for each in visible((command or self.root).get("subcommands")):
            yield " ".join(each["superCommands"] + [each["commandName"]]), each
            yield from self.commands(each)

    def option_names(self, path=None):
        """The long names of the options of one command, or of all."""
        if path is None:
            everything = [self.root] + [command for _, command in self.commands()]
        else:
            everything = [command for name, command in self.commands() if name == path]
        return {f"--{name['name']}" for command in everything
                for argument in visible(command.get("arguments"))
                for name in argument.get("names", []) if name["kind"] == "long"}


def visible(items):
    """Those of the items that readers are to see."""
    return [item for item in items or [] if item["shouldDisplay"]]
