"""An application for tests, run on its own: `python echo.py 8080 8443:PAIR.pem ...`; a port with a file speaks TLS.

Every port answers HTTP (a GET) with JSON about what it saw, and anything else with `echo` and what it got: so a TLS
handshake that reaches an application without TLS is answered by something that is no TLS, as most servers do. Each
connection's first bytes are told on standard output, after one line that says that all ports listen.
"""

import asyncio
import json
import ssl
import sys


def _tell(**facts: object) -> None:
    print(json.dumps(facts), flush=True)


def _answer(data: bytes, port: int, is_tls: bool) -> bytes:
    if not data.startswith(b"GET "):
        return b"echo " + data
    first, *lines = data.decode("latin-1").partition("\r\n\r\n")[0].split("\r\n")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
    seen = {"port": port, "tls": is_tls, "path": first.split()[1], "peer": headers.get("x-forwarded-client-cert")}
    body = json.dumps(seen).encode()
    return b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n" % len(body) + body


async def _serve(port: int, pair: str) -> None:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        is_first = True
        try:
            while data := await reader.read(65536):
                if is_first:
                    _tell(port=port, tls=bool(pair), first=data[:3].hex(" "))
                is_first = False
                writer.write(_answer(data, port, bool(pair)))
                await writer.drain()
        except OSError:
            pass
        finally:
            writer.close()

    context = None
    if pair:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(pair)
    await asyncio.start_server(handle, "0.0.0.0", port, ssl=context)


async def _main() -> None:
    for argument in sys.argv[1:]:
        port, _, pair = argument.partition(":")
        await _serve(int(port), pair)
    _tell(listening=sys.argv[1:])
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(_main())
