"""Prints how many tests of a JUnit report passed, failed and were skipped."""

import sys
import xml.etree.ElementTree

try:
    suites = xml.etree.ElementTree.parse(sys.argv[1]).getroot().iter("testsuite")
except (OSError, xml.etree.ElementTree.ParseError) as error:
    sys.exit(str(error))

total = failed = skipped = 0
for suite in suites:
    total += int(suite.get("tests"))
    failed += int(suite.get("failures")) + int(suite.get("errors"))
    skipped += int(suite.get("skipped"))
print(total - failed - skipped, failed, skipped)
