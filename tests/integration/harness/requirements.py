"""Which tests carry the id of a requirement in their names: P1_SUB_01 in a name is P1-SUB-01, P1_SUB_01_09 and
P1_SUB_01_to_09 are several of a family, and P1_SUB_01_ERR_02 goes on in another family of the same list."""
import re
from collections import defaultdict

from .environment import ROOT

# Names of tests in C++ and in Python, and the texts that parametrise the latter.
NAMES = re.compile(r"""TEST\(\w+,\s*(\w+)\)|def (test_\w+)|["']([^"'\n]*(?:P0|P1|ANY)[_-][^"'\n]*)["']""")
IDS = re.compile(r"(?:(P[01])_([A-Z]+)|(ANY))((?:_(?:to_)?\d\d)+)((?:_(?!ANY)[A-Z]+(?:_\d\d)+)*)")
NUMBERS = re.compile(r"_(to_)?(\d\d)")
FURTHER = re.compile(r"_([A-Z]+)((?:_\d\d)+)")


def requirements_in(name):
    """The ids in a test's name."""
    found = set()
    for protocol, family, _, numbers, others in IDS.findall(name.replace("-", "_")):
        prefix = f"{protocol}-{family}-" if protocol else "ANY-"
        last = 0
        for is_range, number in NUMBERS.findall(numbers):
            first = last if is_range else int(number)
            last = int(number)
            found.update(f"{prefix}{each:02}" for each in range(first, last + 1))
        if protocol:
            for further, further_numbers in FURTHER.findall(others):
                found.update(f"{protocol}-{further}-{number}" for _, number in NUMBERS.findall(further_numbers))
    return found


def shown_requirements():
    """Each id that some test carries, and those tests, each with its file."""
    tests = defaultdict(list)
    for path in sorted((ROOT / "tests").rglob("*")):
        if path.suffix not in (".py", ".cc") or path.parent.name == "hygiene":
            continue
        for groups in NAMES.findall(path.read_text()):
            name = next(group for group in groups if group)
            for requirement in requirements_in(name):
                tests[requirement].append(f"{path.relative_to(ROOT)}: {name}")
    return tests
