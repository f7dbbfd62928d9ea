"""Write docs/rules from the rules' modules: `python docs/generate.py`; with `--check` say what is stale instead."""

import sys
from collections.abc import Sequence
from pathlib import Path

from kubectl_mtls.render.rule_page import page_name, render_rule_index, render_rule_page
from kubectl_mtls.rules.catalogue import OBJECTIONS, every_rule

FOLDER = Path(__file__).parent / "rules"


def pages() -> dict[str, str]:
    """Every page by its file name."""
    rules = every_rule()
    return {
        "README.md": render_rule_index(rules, OBJECTIONS),
        **{page_name(rule): render_rule_page(rule, rule.severity) for rule in rules},
        **{page_name(rule): render_rule_page(rule, "objection") for rule in OBJECTIONS},
    }


def stale(folder: Path) -> list[str]:
    """The files that are missing, different, or of no rule."""
    wanted = pages()
    found = {path.name: path.read_text(encoding="utf-8") for path in folder.glob("*.md")}
    return sorted(name for name in {*wanted, *found} if wanted.get(name) != found.get(name))


def write(folder: Path) -> None:
    """Make the folder hold exactly the pages."""
    folder.mkdir(exist_ok=True)
    wanted = pages()
    for path in folder.glob("*.md"):
        if path.name not in wanted:
            path.unlink()
    for name, text in wanted.items():
        (folder / name).write_text(text, encoding="utf-8")


def main(argv: Sequence[str]) -> int:
    """Exit code 1 when `--check` finds something stale, 2 for other arguments."""
    if list(argv) not in ([], ["--check"]):
        sys.stderr.write("usage: python docs/generate.py [--check]\n")
        return 2
    if argv:
        names = stale(FOLDER)
        sys.stderr.writelines(f"docs/rules/{name} is stale: run python docs/generate.py\n" for name in names)
        return 1 if names else 0
    write(FOLDER)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
