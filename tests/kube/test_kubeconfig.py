"""Resolution of the kubeconfig, each line as kubectl 1.32 and 1.37 were seen to do it."""

import base64
from dataclasses import dataclass, field, fields, replace
from pathlib import Path

import pytest
import yaml

from kubectl_mtls.errors import InvalidInput, Unreachable
from kubectl_mtls.kube.flags import ConnectionFlags
from kubectl_mtls.kube.kubeconfig import read_kubeconfig
from kubectl_mtls.kube.target import Target, resolve_target

TOKEN = {"token": "inline"}
CA = "-----BEGIN CERTIFICATE-----\nCA\n-----END CERTIFICATE-----\n"


def config(server="https://one", user=TOKEN, cluster=None, context=None, name="one", current="one"):
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": name, "cluster": {"server": server, **(cluster or {})}}],
        "users": [{"name": name, "user": user}],
        "contexts": [{"name": name, "context": {"cluster": name, "user": name, **(context or {})}}],
        "current-context": current,
    }


def b64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


@dataclass
class Case:
    files: list = field(default_factory=lambda: [config()])
    flags: ConnectionFlags = field(default_factory=ConnectionFlags)
    environ: dict = field(default_factory=dict)


def resolve(case: Case, folder: Path) -> Target:
    """The case's files as KUBECONFIG=0.yaml:1.yaml, in a folder that also holds a token, a CA and a pair."""
    for name, text in {"token": "from-file\n", "ca.pem": CA, "c.pem": "CERT", "k.pem": "KEY"}.items():
        (folder / name).write_text(text)
    paths = []
    for number, content in enumerate(case.files):
        path = folder / f"{number}.yaml"
        if content is not None:
            path.write_text(content if isinstance(content, str) else yaml.safe_dump(content))
        paths.append(str(path))
    environ = {"KUBECONFIG": ":".join(paths), **case.environ}
    return resolve_target(
        read_kubeconfig(case.flags.kubeconfig, environ), case.flags, environ, account=folder / "account"
    )


two = config("https://two", name="two", current="two")
no_current = {**two, "current-context": ""}
impersonating = {**TOKEN, "as": "joe", "as-groups": ["a", "b"], "as-uid": "7", "as-user-extra": {"x/y": ["1", "2"]}}
verified = {"certificate-authority-data": b64(CA)}
named = {**verified, "tls-server-name": "in-file"}
pair_files = {"client-certificate": "c.pem", "client-key": "k.pem"}

RESOLVED = {
    "a context gives server and token": (Case(), {"server": "https://one", "token": "inline", "namespace": "default"}),
    "a context gives the namespace": (Case([config(context={"namespace": "shop"})]), {"namespace": "shop"}),
    "the namespace flag wins": (
        Case([config(context={"namespace": "shop"})], ConnectionFlags(namespace="pay")),
        {"namespace": "pay"},
    ),
    "the first current-context wins": (Case([config(), two]), {"server": "https://one"}),
    "a file without current-context leaves it to the next": (Case([no_current, config()]), {"server": "https://one"}),
    "entries of all files are there": (
        Case([config(), two], ConnectionFlags(context="two")),
        {"server": "https://two"},
    ),
    "the first entry of a name wins whole": (
        Case([config(user={"token": "first"}), config("https://other", {"token": "second", "as": "joe"})]),
        {"server": "https://one", "token": "first", "impersonation": ()},
    ),
    "empty and missing files are skipped": (Case(["", None, "# nothing\n", config()]), {"server": "https://one"}),
    "the token file wins over the inline token": (
        Case([config(user={"token": "t", "tokenFile": "token"})]),
        {"token": "from-file"},
    ),
    "the token flag wins over the token file": (
        Case([config(user={"tokenFile": "token"})], ConnectionFlags(token="typed")),
        {"token": "typed"},
    ),
    "relative paths start at the file": (
        Case([config(user=pair_files, cluster={"certificate-authority": "ca.pem"})]),
        {"ca": CA.encode(), "certificate": b"CERT", "key": b"KEY"},
    ),
    "data is base64, with line breaks": (
        Case([config(user={"client-certificate-data": b64("C"), "client-key-data": "S0\nVZ\n"})]),
        {"certificate": b"C", "key": b"KEY"},
    ),
    "impersonation of the file is kept": (
        Case([config(user=impersonating)]),
        {
            "impersonation": (
                ("Impersonate-User", "joe"),
                ("Impersonate-Uid", "7"),
                ("Impersonate-Group", "a"),
                ("Impersonate-Group", "b"),
                ("Impersonate-Extra-x%2Fy", "1"),
                ("Impersonate-Extra-x%2Fy", "2"),
            )
        },
    ),
    "impersonation flags win over the file": (
        Case(
            [config(user={**TOKEN, "as": "joe", "as-groups": ["a"]})],
            ConnectionFlags(impersonate="jim", impersonate_groups=("z",)),
        ),
        {"impersonation": (("Impersonate-User", "jim"), ("Impersonate-Group", "z"))},
    ),
    "extra flags are KEY=VALUE": (
        Case(flags=ConnectionFlags(impersonate="jim", impersonate_user_extra=("k=a=b", "k=c"))),
        {
            "impersonation": (
                ("Impersonate-User", "jim"),
                ("Impersonate-Extra-k", "a=b"),
                ("Impersonate-Extra-k", "c"),
            )
        },
    ),
    "the insecure flag clears the CA": (
        Case([config(cluster=verified)], ConnectionFlags(insecure_skip_tls_verify=True)),
        {"insecure": True, "ca": None},
    ),
    "the CA flag clears insecure": (
        Case([config(cluster={"insecure-skip-tls-verify": True})], ConnectionFlags(certificate_authority="{}/ca.pem")),
        {"insecure": False, "ca": CA.encode()},
    ),
    "the server flag clears tls-server-name": (
        Case([config(cluster=named)], ConnectionFlags(server="https://three")),
        {"server": "https://three", "tls_server_name": None},
    ),
    "tls-server-name is kept": (Case([config(cluster=named)]), {"tls_server_name": "in-file"}),
    "cluster and user flags choose entries": (
        Case([config(), two], ConnectionFlags(cluster="two", user="two")),
        {"server": "https://two", "context": "one"},
    ),
    "certificate flags win over data": (
        Case(
            [config(user={"client-certificate-data": b64("X"), "client-key-data": b64("Y")})],
            ConnectionFlags(client_certificate="{}/c.pem", client_key="{}/k.pem"),
        ),
        {"certificate": b"CERT", "key": b"KEY"},
    ),
    "user name and password": (
        Case(flags=ConnectionFlags(user="one", username=None), files=[config(user={"username": "u", "password": "p"})]),
        {"username": "u", "password": "p", "token": None},
    ),
    "no kubeconfig is needed with a server and a token": (
        Case([], ConnectionFlags(server="https://three/", token="typed")),
        {"server": "https://three", "token": "typed", "context": None},
    ),
    "over http no credentials are sent": (
        Case([config("http://one", impersonating)]),
        {"token": None, "server": "http://one"},
    ),
    "a server without a scheme is http": (Case([config("one:8080")]), {"server": "http://one:8080"}),
    "a missing user does not matter when flags identify one": (
        Case([{**config(), "users": None}], ConnectionFlags(token="typed")),
        {"token": "typed"},
    ),
    "an explicit file is read alone": (
        Case([config(), two], ConnectionFlags(kubeconfig="{}/1.yaml")),
        {"server": "https://two"},
    ),
    "JSON is YAML": (Case([yaml.safe_dump(config(), default_flow_style=True)]), {"server": "https://one"}),
}


@pytest.mark.parametrize("name", RESOLVED)
def test_resolves_as_kubectl(name: str, tmp_path: Path) -> None:
    case, expected = RESOLVED[name]
    case = Case(case.files, _in_folder(case.flags, tmp_path), case.environ)
    target = resolve(case, tmp_path)
    assert {key: getattr(target, key) for key in expected} == expected


REFUSED = {
    "a context that does not exist": (Case(flags=ConnectionFlags(context="zz")), "the context zz does not exist"),
    "a current-context that does not exist": (Case([config(current="zz")]), "the context zz does not exist"),
    "a cluster that does not exist": (Case(flags=ConnectionFlags(cluster="zz")), "the cluster zz does not exist"),
    "a user that does not exist": (Case(flags=ConnectionFlags(user="zz")), "the user zz does not exist"),
    "a user without credentials": (Case([config(user={})]), "user one has no credentials"),
    "a cluster without a server": (Case([config(server="")]), "the cluster one has no server"),
    "bad YAML": (Case(["a: [\nb: }"]), "is not valid YAML at line 2"),
    "a list": (Case(["[1]"]), "is not a kubeconfig"),
    "another kind": (Case([{"kind": "Pod"}]), "its kind is Pod"),
    "bad base64": (Case([config(cluster={"certificate-authority-data": "%%"})]), "is not valid base64"),
    "a number as token": (Case([config(user={"token": 123456})]), "token in user one must be a string, not a int"),
    "data and file": (
        Case([config(cluster={**verified, "certificate-authority": "ca.pem"})]),
        "both certificate-authority and certificate-authority-data",
    ),
    "insecure with a CA": (
        Case([config(cluster={**verified, "insecure-skip-tls-verify": True})]),
        "exclude each other",
    ),
    "a certificate without a key": (Case([config(user={"client-certificate": "c.pem"})]), "no client key"),
    "a missing file": (Case([config(cluster={"certificate-authority": "no.pem"})]), "cannot be read: .*no.pem"),
    "token and password": (Case([config(user={**TOKEN, "username": "u"})]), "only one is allowed"),
    "groups without a user": (Case(flags=ConnectionFlags(impersonate_groups=("a",))), "without a user to impersonate"),
    "extra without a value": (Case(flags=ConnectionFlags(impersonate="a", impersonate_user_extra=("x",))), "KEY=VALUE"),
    "two entries of one name": (Case([{**config(), "users": config()["users"] * 2}]), "two users named one"),
    "a server that is no URL": (Case([config("https://")]), "is not an http or https URL"),
    "a server of another scheme": (Case([config("ftp://one")]), "is not an http or https URL"),
    "a server with a port beyond all ports": (Case([config("https://one:99999")]), "is not an http or https URL"),
    "a plugin of a wrong shape": (Case([config(user={"exec": "aws"})]), "exec in user one must be a mapping"),
    "control characters in an impersonated name": (
        Case(flags=ConnectionFlags(impersonate="a\nb")),
        "control characters",
    ),
    "a token with a line break inside": (Case([config(user={"token": "a\nb"})]), "is not a token"),
    "an explicit file that is missing": (Case(flags=ConnectionFlags(kubeconfig="/nowhere")), "/nowhere does not exist"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refuses_with_one_sentence(name: str, tmp_path: Path) -> None:
    case, message = REFUSED[name]
    with pytest.raises(InvalidInput, match=message) as caught:
        resolve(case, tmp_path)
    assert "\n" not in caught.value.message
    assert "123456" not in caught.value.message


def test_home_is_read_without_kubeconfig_variable(tmp_path: Path) -> None:
    (tmp_path / ".kube").mkdir()
    (tmp_path / ".kube/config").write_text(yaml.safe_dump(config()))
    environ = {"HOME": str(tmp_path), "KUBECONFIG": ""}
    assert resolve_target(read_kubeconfig(None, environ), ConnectionFlags(), environ).server == "https://one"


POD = {"KUBERNETES_SERVICE_HOST": "fd00::1", "KUBERNETES_SERVICE_PORT": "443"}


def test_a_pod_uses_its_own_service_account(tmp_path: Path) -> None:
    account = tmp_path / "account"
    account.mkdir()
    for name, text in {"token": "pod\n", "ca.crt": CA, "namespace": "shop\n"}.items():
        (account / name).write_text(text)
    target = resolve(Case([], environ=POD), tmp_path)
    assert (target.server, target.token, target.namespace) == ("https://[fd00::1]:443", "pod", "shop")
    assert target.ca == CA.encode()
    assert resolve(Case([], environ={**POD, "POD_NAMESPACE": "pay"}), tmp_path).namespace == "pay"
    assert resolve(Case(environ=POD), tmp_path).server == "https://one"


@pytest.mark.parametrize("environ", [{}, POD])
def test_no_server_anywhere_is_unreachable(environ: dict[str, str], tmp_path: Path) -> None:
    with pytest.raises(Unreachable, match="no API server is configured"):
        resolve(Case([], environ=environ), tmp_path)


def test_nothing_secret_is_shown(tmp_path: Path) -> None:
    user = {"client-certificate-data": b64("C"), "client-key-data": b64("HIDDEN"), "token": "HIDDEN"}
    files = [config(user=user, cluster={"proxy-url": "http://joe:HIDDEN@proxy:3128"})]
    case = Case(files, ConnectionFlags(token="HIDDEN", password=None))
    shown = repr(resolve(case, tmp_path)) + repr(read_kubeconfig(str(tmp_path / "0.yaml"), {})) + repr(case.flags)
    assert "HIDDEN" not in shown
    assert b64("HIDDEN") not in shown


def _in_folder(flags: ConnectionFlags, folder: Path) -> ConnectionFlags:
    texts = {
        f.name: v.replace("{}", str(folder)) for f in fields(flags) if isinstance(v := getattr(flags, f.name), str)
    }
    return replace(flags, **texts)
