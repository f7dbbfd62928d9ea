"""A TCP client for tests, run on its own: `python say.py ADDRESS PORT TEXT`; prints how it ended, as JSON.

All of the text goes out at once: the sidecar's look at the first bytes waits for five of them.
"""

import json
import socket
import sys

SECONDS = 5


def _say(address: str, port: int, text: str) -> dict[str, str]:
    try:
        with socket.create_connection((address, port), SECONDS) as connection:
            connection.sendall(text.encode())
            answer = connection.recv(65536)
    except TimeoutError:
        return {"end": "timeout"}
    except ConnectionError as error:
        return {"end": type(error).__name__}
    return {"end": "answered", "answer": answer.decode("latin-1")} if answer else {"end": "EOF"}


if __name__ == "__main__":
    print(json.dumps(_say(sys.argv[1], int(sys.argv[2]), sys.argv[3])))
