"""All cases of some folders: `python -m tests.conformance.secrets.compare FOLDER...`. Ends with 1 where one differs."""

import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from tests.conformance.secrets.case import complaints, inspect_file, read_cases


def main(folders: Sequence[str]) -> int:
    """Print what differs, and how many are right."""
    kinds: Counter[str] = Counter()
    total = right = 0
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "secret.yaml"
        for case, answer in (pair for one in folders for pair in read_cases(Path(one))):
            file.write_text(case["yaml"])
            wrong = sorted(set(complaints(case, answer, inspect_file(file, case["at"], "-o", "json"))))
            total, right = total + 1, right + (not wrong)
            kinds.update(wrong)
            if wrong:
                print(case["id"], *wrong, sep=" | ", flush=True)
    for word, count in kinds.most_common():
        print(f"{count:5} {word}")
    print(f"{right} of {total} cases right")
    return 1 if right < total else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
