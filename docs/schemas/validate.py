"""Holds the committed samples against the schemas, with public validators, and files that Leibniz wrote or reads.

    pip install jsonschema ruamel.yaml junitparser
    python docs/schemas/validate.py [analysis.json | interventions.json | weights.json | check.json | expectations.yaml |
                                     junit.xml ...]

Samples are the goldens of Tests/ExpectationsTests: expectations files that are accepted, files that are refused (each with
its error), an analysis.json, a JUnit file and a check's results. The tests hold Leibniz to the same goldens, so schema and reader agree.
"""

import io
import json
import pathlib
import sys

import jsonschema
import junitparser
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

root = pathlib.Path(__file__).resolve().parents[2]
goldens = root / "Tests/ExpectationsTests/Goldens"
# What a schema cannot say: an order of two numbers, the size and the spelling of a number, the order of a range's ends.
beyond_schema = ["atLeast: 2, atMost: 1", "1e999", "0x10", ".nan", "9-4", "99999999999999999999"]


def validator(name):
    schema = json.loads((root / "docs/schemas" / name).read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def load(text):
    """YAML 1.2, as Leibniz reads it: 1e-5 is a number, yes and no are words."""
    return YAML(typ="safe", pure=True).load(io.StringIO(text))


def refused_samples():
    """The files of wrong-files.txt: lines up to an indented error."""
    lines = []
    for line in (goldens / "wrong-files.txt").read_text().splitlines():
        if line.startswith("    e.yaml:") or line == "    accepted":
            yield "\n".join(lines).replace("… ", "schema: 1\nexpectations:\n")
            lines = []
        else:
            lines.append(line)


def check_expectations():
    schema = validator("expectations.schema.json")
    accepted = sorted(goldens.glob("*.yaml")) + sorted((root / "docs/examples").rglob("expectations*.yaml"))
    assert len(accepted) >= 3, accepted
    for file in accepted:
        schema.validate(load(file.read_text()))
    refused = list(refused_samples())
    assert len(refused) > 50
    for text in refused:
        try:
            instance = load(text)
        except YAMLError:
            continue  # no YAML at all
        if not any(words in text for words in beyond_schema):
            assert not schema.is_valid(instance), f"the schema accepts what Leibniz refuses:\n{text}"
    return f"{len(accepted)} expectations files accepted, {len(refused)} refused"


def check_analysis():
    schema = validator("analysis.schema.json")
    instance = json.loads((goldens / "analysis.json").read_text())
    schema.validate(instance)
    for change in [
        lambda a: a.pop("blocks"),
        lambda a: a.update(schema=2),
        lambda a: a["blocks"][0].pop("centered"),
        lambda a: a["blocks"][0]["terms"]["dKtQ"].update(zero="maybe"),
        lambda a: a["blocks"][0].update(layer=None),
        lambda a: a["summary"][0].update(pairs=-1),
        lambda a: a["adapted"].update(kind="other"),
    ]:
        changed = json.loads(json.dumps(instance))
        change(changed)
        assert not schema.is_valid(changed), "the schema accepts a broken analysis"
    return "analysis.json accepted, 7 broken ones refused"


def check_junit():
    suites = list(junitparser.JUnitXml.fromfile(str(goldens / "junit.xml")))
    assert len(suites) == 1
    cases = list(suites[0])
    failures = [case for case in cases if any(isinstance(r, junitparser.Failure) for r in case.result)]
    assert suites[0].tests == len(cases) == 3
    assert suites[0].failures == len(failures) == 2
    assert 'lookups <through> "queries" & 100 %, only' in [case.name for case in cases]
    return "junit.xml read: 3 cases, 2 failures"


def check_results():
    schema = validator("check.schema.json")
    instance = json.loads((goldens / "check.json").read_text())
    schema.validate(instance)
    for change in [
        lambda c: c.pop("results"),
        lambda c: c.update(passed="no"),
        lambda c: c["results"][0].pop("message"),
        lambda c: c["results"][0]["worst"].update(margin=None),
        lambda c: c["results"][0].update(line=0),
    ]:
        changed = json.loads(json.dumps(instance))
        change(changed)
        assert not schema.is_valid(changed), "the schema accepts broken results"
    return "check.json accepted, 5 broken ones refused"


def check_workflow():
    """The example of docs/examples builds the tool only where its cache has none, and keeps what it builds."""
    workflow = load((root / "docs/examples/github-actions.yml").read_text())
    steps = workflow["jobs"]["check"]["steps"]
    uses = [step.get("uses", "").split("@")[0] for step in steps]
    cache = steps[uses.index("actions/cache")]
    build = next(step for step in steps if "swift build" in step.get("run", ""))
    assert steps.index(cache) < steps.index(build)
    assert build["if"] == f"steps.{cache['id']}.outputs.cache-hit != 'true'"
    assert f"leibniz\" {cache['with']['path']}/" in build["run"], "what is built is not what is kept"
    ref = next(step for step in steps if "repository" in step.get("with", {}))["with"]["ref"]
    assert ref in cache["with"]["key"], "another version would be taken from the cache"
    return "github-actions.yml caches its build"


def check_file(path):
    file = pathlib.Path(path)
    if file.suffix == ".json":
        instance = json.loads(file.read_text())
        kinds = {"passed": "check", "forms": "weights", "profiles": "comparison", "knockouts": "interventions"}
        kind = next((kind for key, kind in kinds.items() if key in instance), "analysis")
        validator(f"{kind}.schema.json").validate(instance)
    elif file.suffix == ".xml":
        assert sum(len(list(suite)) for suite in junitparser.JUnitXml.fromfile(path)) > 0, f"no case in {path}"
    else:
        validator("expectations.schema.json").validate(load(file.read_text()))
    return f"{file.name} accepted"


if __name__ == "__main__":
    for check in [check_expectations, check_analysis, check_junit, check_results, check_workflow]:
        print(check())
    for path in sys.argv[1:]:
        print(check_file(path))
