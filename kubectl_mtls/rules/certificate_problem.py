"""What is wrong with a certificate Secret: the problems of an inspection as findings.

The judgement is made in certs/, by the rules of Envoy and istiod; here each kind of problem gets its rule and its fix.
"""

from collections.abc import Iterator, Mapping

from kubectl_mtls.certs.inspection import Inspection
from kubectl_mtls.certs.problem import Problem, ProblemCode
from kubectl_mtls.model.finding import Finding
from kubectl_mtls.model.kind import SECRET
from kubectl_mtls.rules import problems_of_chains, problems_of_files, problems_of_paths, problems_of_secrets
from kubectl_mtls.rules.problem_page import ProblemPage
from kubectl_mtls.rules.rule import Rule

_PAGES: Mapping[ProblemCode, ProblemPage] = {
    **problems_of_secrets.PAGES,
    **problems_of_files.PAGES,
    **problems_of_paths.PAGES,
    **problems_of_chains.PAGES,
}

PROBLEM_RULES: Mapping[ProblemCode, Rule] = {
    problem: Rule(
        code=page.code,
        name=problem.value,
        severity=Problem(problem, "").severity,
        summary=page.summary,
        reads=(SECRET,),
        doc=page.doc,
    )
    for problem, page in _PAGES.items()
}


def check_inspection(inspection: Inspection) -> Iterator[Finding]:
    """A finding for every problem of one inspected Secret, with the data key that it is about."""
    ref = inspection.ref
    for problem in inspection.problems:
        fix = _PAGES[problem.code].fix.format(name=ref.name, namespace=ref.namespace)
        yield PROBLEM_RULES[problem.code].finding(
            inspection.secret.metadata,
            f"data[{problem.data_key}]" if problem.data_key else "",
            problem.message,
            fix if ref.kind == SECRET else None,
            severity=problem.severity,
        )
