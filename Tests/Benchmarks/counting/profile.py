"""Which functions the instructions of a request are spent in, as callgrind_annotate tells it."""
import re
import shutil
import subprocess

from .instructions import dumped

REQUESTS = 2000
_LINE = re.compile(r"^\s*([\d,]+) \(\s*[\d.]+%\)\s+(.*)$")
_FOLDERS = re.compile(r"^\?\?\?:|^\S*/(?=[^/\s]+:)|(?<=\[)\S*/(?=[^/\s]*\])")


def functions(dump, inclusive):
    """(instructions, function) of a dump, the program as a whole first.

    `inclusive` counts to a function what it calls as well.
    """
    done = subprocess.run(
        ["callgrind_annotate", f"--inclusive={'yes' if inclusive else 'no'}", "--auto=no",
         "--threshold=99", dump],
        capture_output=True, text=True, check=True, timeout=120)
    found = filter(None, map(_LINE.match, done.stdout.splitlines()))
    return [(int(line.group(1).replace(",", "")), _FOLDERS.sub("", line.group(2)))
            for line in found]


def demangled(text):
    """The text with Swift's names readable, if there is a `swift` to ask."""
    if not shutil.which("swift"):
        return text
    done = subprocess.run(["swift", "demangle", "--simplified"], input=text, capture_output=True,
                          text=True, timeout=60)
    return done.stdout if done.returncode == 0 else text


def profile(tools, scenario, upstream, inclusive=False, top=60):
    """Prints the functions in which a request of the scenario spends most instructions."""
    with dumped(tools, scenario, upstream, REQUESTS) as (dump, made):
        (whole, _), *spent = functions(dump, inclusive)
    what = "callees included" if inclusive else "callees apart"
    rows = demangled("".join(f"{count / made:10,.1f} {100 * count / whole:5.1f} %  {name}\n"
                             for count, name in spent[:top]))
    print(f"{scenario.name}: {scenario.about}\n"
          f"{whole / made:,.0f} instructions a request, mean of {made}; {what}:\n\n{rows}", end="")
