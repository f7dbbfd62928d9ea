# ruff: noqa: E501, E741, N801, N812, N816  # dense tables of faults and of foreign functions, kept in one piece
"""libcrypto through ctypes: PEM blocks as OpenSSL reads them, X509_verify_cert with the chain it built; and the openssl command for the same."""

import ctypes as C
import ctypes.util
import hashlib
import re
import subprocess

lib = C.CDLL(ctypes.util.find_library("crypto"))
P, I, L = C.c_void_p, C.c_int, C.c_long


def fn(name, res, *args):
    f = getattr(lib, name)
    f.restype, f.argtypes = res, args
    return f


BIO_new_mem_buf = fn("BIO_new_mem_buf", P, C.c_char_p, I)
BIO_new = fn("BIO_new", P, P)
BIO_s_mem = fn("BIO_s_mem", P)
BIO_read = fn("BIO_read", I, P, P, I)
BIO_free = fn("BIO_free", I, P)
PEM_read_bio = fn("PEM_read_bio", I, P, C.POINTER(C.c_char_p), C.POINTER(P), C.POINTER(P), C.POINTER(L))
d2i_X509, d2i_X509_AUX = (fn(n, P, P, C.POINTER(P), L) for n in ("d2i_X509", "d2i_X509_AUX"))
i2d_X509 = fn("i2d_X509", I, P, C.POINTER(P))
X509_free = fn("X509_free", None, P)
ERR_get_error = fn("ERR_get_error", C.c_ulong)
ERR_peek_last_error = fn("ERR_peek_last_error", C.c_ulong)
ERR_reason_error_string = fn("ERR_reason_error_string", C.c_char_p, C.c_ulong)
ERR_clear_error = fn("ERR_clear_error", None)
subject_name, issuer_name = fn("X509_get_subject_name", P, P), fn("X509_get_issuer_name", P, P)
X509_NAME_print_ex = fn("X509_NAME_print_ex", I, P, P, I, C.c_ulong)
not_before, not_after = fn("X509_get0_notBefore", P, P), fn("X509_get0_notAfter", P, P)
serial_number = fn("X509_get0_serialNumber", P, P)
to_bn = fn("ASN1_INTEGER_to_BN", P, P, P)
BN_bn2hex = fn("BN_bn2hex", P, P)
BN_free = fn("BN_free", None, P)


class tm(C.Structure):
    _fields_ = [(n, I) for n in ["sec", "min", "hour", "mday", "mon", "year", "wday", "yday", "isdst"]] + [
        ("off", L),
        ("zone", C.c_char_p),
    ]


ASN1_TIME_to_tm = fn("ASN1_TIME_to_tm", I, P, C.POINTER(tm))
STORE_new, CTX_new = fn("X509_STORE_new", P), fn("X509_STORE_CTX_new", P)
STORE_free, CTX_free = fn("X509_STORE_free", None, P), fn("X509_STORE_CTX_free", None, P)
STORE_load = fn("X509_STORE_load_locations", I, P, C.c_char_p, C.c_char_p)
get_param = fn("X509_STORE_get0_param", P, P)
set_time, set_purpose, set_flags = (
    fn("X509_VERIFY_PARAM_set_time", None, P, C.c_int64),
    fn("X509_VERIFY_PARAM_set_purpose", I, P, I),
    fn("X509_VERIFY_PARAM_set_flags", I, P, C.c_ulong),
)
CTX_init = fn("X509_STORE_CTX_init", I, P, P, P, P)
verify_cert = fn("X509_verify_cert", I, P)
get_error, get_depth = fn("X509_STORE_CTX_get_error", I, P), fn("X509_STORE_CTX_get_error_depth", I, P)
get_chain = fn("X509_STORE_CTX_get0_chain", P, P)
error_string = fn("X509_verify_cert_error_string", C.c_char_p, L)
sk_new, sk_push, sk_num, sk_value = (
    fn("OPENSSL_sk_new_null", P),
    fn("OPENSSL_sk_push", I, P, P),
    fn("OPENSSL_sk_num", I, P),
    fn("OPENSSL_sk_value", P, P, I),
)
CRL_ALL, PARTIAL = 4 | 8, 0x80000  # X509_V_FLAG_CRL_CHECK and _ALL, _PARTIAL_CHAIN
RFC2253 = 0x1110317 & ~4 | 0x10  # XN_FLAG_RFC2253 without ESC_MSB, UTF8_CONVERT is in it


def parse(der, aux=False):
    b = C.create_string_buffer(der, len(der))
    p = P(C.addressof(b))
    x = (d2i_X509_AUX if aux else d2i_X509)(None, C.byref(p), len(der))
    ERR_clear_error()
    return x


def encode(x):
    n = i2d_X509(x, None)
    b = C.create_string_buffer(n)
    p = P(C.addressof(b))
    i2d_X509(x, C.byref(p))
    return b.raw


def text(n):
    b = BIO_new(BIO_s_mem())
    X509_NAME_print_ex(b, n, 0, RFC2253)
    r = b""
    buf = C.create_string_buffer(4096)
    while (k := BIO_read(b, buf, 4096)) > 0:
        r += buf.raw[:k]
    BIO_free(b)
    return r.decode("utf-8", "backslashreplace")


def time(t):
    x = tm()
    if not ASN1_TIME_to_tm(t, C.byref(x)):
        return None
    return f"{x.year + 1900:04}-{x.mon + 1:02}-{x.mday:02}T{x.hour:02}:{x.min:02}:{x.sec:02}Z"


def facts(x):
    bn = to_bn(serial_number(x), None)
    h = BN_bn2hex(bn)
    s = C.string_at(h).decode().lower()
    BN_free(bn)
    return {
        "sha256": hashlib.sha256(encode(x)).hexdigest(),
        "subject": text(subject_name(x)),
        "issuer": text(issuer_name(x)),
        "serial": ("-" if s[0] == "-" else "") + (s.lstrip("-0") or "0"),
        "not_before": time(not_before(x)),
        "not_after": time(not_after(x)),
    }


def certificates(data):
    """[(DER, facts)] and the first error that is not the end of the file. Reads on after a bad block."""
    out, error, b = [], None, BIO_new_mem_buf(data, len(data))
    ERR_clear_error()
    while True:
        name, head, d, n = C.c_char_p(), P(), P(), L()
        if not PEM_read_bio(b, C.byref(name), C.byref(head), C.byref(d), C.byref(n)):
            e = ERR_peek_last_error()
            r = (ERR_reason_error_string(e) or b"?").decode()
            ERR_clear_error()
            if r == "no start line":
                break
            error = error or r
            continue
        if name.value in (b"CERTIFICATE", b"X509 CERTIFICATE", b"TRUSTED CERTIFICATE"):
            x = parse(C.string_at(d, n.value), name.value[:1] == b"T")
            if x:
                out.append((encode(x), facts(x)))
                X509_free(x)
            else:
                error = error or "certificate not parsed"
    BIO_free(b)
    return out, error


PURPOSE = {"client": 1, "server": 2, None: None}


def verify(ders, ca_file, crl_file, epoch, purpose, partial=False):
    """X509_verify_cert of ders[0] with ders as untrusted: {ok, error, number, depth, chain}."""
    s = STORE_new()
    p = get_param(s)
    ERR_clear_error()
    try:
        if not STORE_load(s, ca_file.encode(), None):
            return {"ok": False, "error": "CA not loaded", "number": None, "depth": None, "chain": None}
        if crl_file:
            if not STORE_load(s, crl_file.encode(), None):
                return {"ok": False, "error": "CRL not loaded", "number": None, "depth": None, "chain": None}
            set_flags(p, CRL_ALL)
        if partial:
            set_flags(p, PARTIAL)
        if epoch is not None:
            set_time(p, epoch)
        if purpose:
            set_purpose(p, PURPOSE[purpose])
        xs = [parse(d) for d in ders]
        sk = sk_new()
        [sk_push(sk, x) for x in xs]
        c = CTX_new()
        CTX_init(c, s, xs[0], sk)
        ok = verify_cert(c) == 1
        n = get_error(c)
        ch = get_chain(c)
        r = {
            "ok": ok,
            "error": None if ok else error_string(n).decode(),
            "number": None if ok else n,
            "depth": None if ok else get_depth(c),
            "chain": [hashlib.sha256(encode(sk_value(ch, i))).hexdigest() for i in range(sk_num(ch))] if ok else None,
            "ends": [time(not_after(sk_value(ch, i))) for i in range(sk_num(ch))] if ok else None,
        }
        CTX_free(c)
        return r
    finally:
        STORE_free(s)
        ERR_clear_error()


def cli(*args, stdin=b""):
    p = subprocess.run(["openssl", *args], input=stdin, capture_output=True)
    return p.returncode, p.stdout, p.stderr.decode("utf-8", "replace")


def verify_cli(leaf_file, chain_file, ca_file, crl_file, epoch, purpose, partial=False):
    a = [
        "verify",
        *["-partial_chain"] * partial,
        "-no-CApath",
        "-no-CAstore",
        "-CAfile",
        ca_file,
        *(["-untrusted", chain_file] if chain_file else []),
    ]
    if purpose:
        a += ["-purpose", "ssl" + purpose]
    if epoch is not None:
        a += ["-attime", str(epoch)]
    if crl_file:
        a += ["-crl_check_all", "-CRLfile", crl_file]
    rc, _, err = cli(*a, leaf_file)
    m = re.search(r"error (\d+) at (\d+) depth lookup: *(.*)", err)
    return {
        "ok": rc == 0,
        "number": int(m[1]) if m else None,
        "depth": int(m[2]) if m else None,
        "error": m[3] if m else None if rc == 0 else "CA or CRL not loaded",
    }
