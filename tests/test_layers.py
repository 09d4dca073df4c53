"""Arrows of import point down only: who may import whom. A new arrow is an edit to this file."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "fr_bench"

GROUND: dict[str, set[str]] = {
    "errors": set(),
    "environment": set(),
    "toml_writing": set(),
    "keylines": set(),
    "numerals": set(),
    "progress": {"errors", "numerals"},
    "findings": {"errors"},
    "reading": {"errors", "keylines"},
    "archives": {"errors"},
    "records": {"errors", "findings"},
    "contracts": {"errors", "findings", "records"},
    "plugins": {"errors"},
    "provenance": {"errors", "findings", "records"},
    "images": {"errors"},
    "generator": {"errors"},
    "sources": {"errors", "archives", "reading", "records"},
    "cards": {"errors", "reading", "records", "plugins", "contracts", "provenance", "sources"},
}
ALL_GROUND = set(GROUND)
ROOMS = {"formats", "recognizers", "comparison", "metrics", "intervals", "storage", "scorefiles"}
UPPER: dict[str, set[str]] = {
    "validation": ALL_GROUND,
    "selection": ALL_GROUND,
    "pictures": ALL_GROUND,
    "captures": ALL_GROUND,
    "steadiness": ALL_GROUND,
    "batches": ALL_GROUND | {"captures", "steadiness"},
    "extraction": ALL_GROUND | {"batches", "captures", "steadiness"},
    "known_measures": ALL_GROUND | {"metrics"},
    "subject_scores": ALL_GROUND | {"metrics", "intervals"},
    "drawn_scores": ALL_GROUND | {"metrics", "intervals", "subject_scores"},
    "drawn_searches": ALL_GROUND | {"intervals"},
    "precision": ALL_GROUND | {"metrics", "intervals", "subject_scores", "drawn_scores", "drawn_searches"},
    "measuring": ALL_GROUND | {"known_measures", "metrics", "precision"},
    "analyses": ALL_GROUND | {"known_measures", "metrics", "intervals", "precision", "measuring", "subject_scores"},
    "comparing": ALL_GROUND
    | {"known_measures", "metrics", "intervals", "precision", "measuring", "subject_scores", "drawn_scores"},
    "fusion": ALL_GROUND | {"metrics", "measuring", "precision"},
    "normalisation": ALL_GROUND | {"metrics"},
    "claims": ALL_GROUND | {"intervals"},
    "planning": ALL_GROUND | {"known_measures", "intervals"},
    "gates": ALL_GROUND
    | {"known_measures", "measuring", "precision", "subject_scores", "drawn_scores", "intervals"}
    | {"comparing", "costing", "planning"},
    "judged_runs": {"errors", "comparing", "reports", "storage"},
    "registry": {"earlier_runs", "errors", "findings", "keylines", "progress", "provenance"}
    | {"reading", "reports", "storage"},
    "pytest_plugin": {"errors", "comparing", "gates", "judged_runs"},
    "reports": {"errors", "numerals", "reading", "findings", "provenance", "contracts", "plugins"},
    "runspec": ALL_GROUND | {"known_measures"},
    "preparation": ALL_GROUND
    | {"comparison", "known_measures", "metrics", "precision", "runspec", "selection", "validation"},
    "trial": ALL_GROUND | {"comparison", "extraction", "known_measures", "preparation", "runspec", "steadiness"},
    "clusters": ALL_GROUND | {"batches", "comparison", "extraction", "preparation", "runspec"},
    "reckoning": ALL_GROUND | {"analyses", "measuring"},
    "summary": ALL_GROUND
    | {"analyses", "costing", "measuring", "pictures", "precision", "preparation", "reckoning", "runspec"},
    "costing": ALL_GROUND | {"known_measures", "measuring"},
    "earlier_runs": {"errors", "findings", "storage"},
    "tested_samples": ALL_GROUND | {"known_measures", "preparation", "storage"},
    "outputs": {"findings", "progress", "records", "reports", "runspec", "storage", "toml_writing"},
}
UPPER["verifying"] = (
    ALL_GROUND
    | {"analyses", "comparison", "earlier_runs", "known_measures", "measuring", "precision", "preparation", "reckoning"}
    | {"reports", "runspec", "storage", "toml_writing"}
)
UPPER["pipeline"] = ALL_GROUND | set(UPPER) | {"storage", "comparison", "scorefiles"}
# A rehearsal may begin with a run of its own.
UPPER["certification"] = ALL_GROUND | set(UPPER) | {"comparison", "intervals", "metrics", "storage"}
"""A module may import what stands in its row, and itself. Rooms see the ground only and never each other."""


def allowed(module: str) -> set[str]:
    if module in ROOMS:
        return ALL_GROUND | {module}
    if module in {"cli", "__main__"}:
        return ALL_GROUND | ROOMS | set(UPPER) | {"cli"}
    if module == "__init__":
        return {"environment", "pipeline", "findings", "measuring", "runspec"}
    return (GROUND | UPPER)[module] | {module}


def imports_of(path: Path) -> set[str]:
    """Names of the modules directly under `fr_bench` that a file imports, wherever in the file."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == "fr_bench":
            parts = node.module.split(".")
            found |= {parts[1]} if len(parts) > 1 else {alias.name for alias in node.names}
        elif isinstance(node, ast.Import):
            found |= {a.name.split(".")[1] for a in node.names if a.name.startswith("fr_bench.")}
    return found - {"__version__"}


FILES = sorted(PACKAGE.rglob("*.py"))


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_imports_point_down(path: Path) -> None:
    module = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
    assert imports_of(path) <= allowed(module), f"{path} imports {sorted(imports_of(path) - allowed(module))}"


def test_nobody_imports_the_command_line() -> None:
    importers = [
        p for p in FILES if "cli" in imports_of(p) and p.relative_to(PACKAGE).parts[0] not in ("cli", "__main__.py")
    ]
    assert importers == []


def loaded_after(statement: str) -> set[str]:
    code = f"import sys\n{statement}\nprint(*sorted({{m.split('.')[0] for m in sys.modules}}))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


HEAVY = {"onnxruntime", "insightface", "sklearn", "matplotlib", "pandas", "scipy", "numpy", "rich", "PIL", "jinja2"}


@pytest.mark.parametrize(
    "statement",
    [
        "import fr_bench",
        "from fr_bench.cli import run_command\n"
        "sys.stdout = sys.stderr\nrun_command(['--help'])\nsys.stdout = sys.__stdout__",
    ],
    ids=["import", "help"],
)
def test_importing_and_help_load_nothing_heavy(statement: str) -> None:
    assert loaded_after(statement) & HEAVY == set()
