"""The files that Google gives its users, made for a server on this machine."""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from google.auth import jwt

if TYPE_CHECKING:
    from pathlib import Path

    from tests.servers.sheets_server import SheetsServer

AUDIENCE = "https://oauth2.googleapis.com/token"  # google-auth names it, whatever the address
ROBOT = "leads@project-1.iam.gserviceaccount.com"


@cache
def _keys() -> tuple[str, bytes]:
    """A private key, and the public one."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    public = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return private.decode(), public


def service_account(server: SheetsServer, folder: Path) -> Path:
    """The file of a service account that the server knows by its public key."""
    private, public = _keys()

    def is_signed(token: str) -> bool:
        try:
            jwt.decode(token, certs=public, audience=AUDIENCE)
        except ValueError:
            return False
        return True

    server.accounts[ROBOT] = is_signed
    path = folder / "robot.json"
    path.write_text(
        json.dumps(
            {
                "type": "service_account",
                "project_id": "project-1",
                "private_key_id": "1",
                "private_key": private,
                "client_email": ROBOT,
                "token_uri": f"{server.url}/token",
            }
        )
    )
    return path


def desktop_client(server: SheetsServer, folder: Path) -> Path:
    """The file of a client of type "Desktop app"."""
    path = folder / "client.json"
    client = {
        "client_id": "1.apps.googleusercontent.com",
        "client_secret": "GOCSPX-not-a-real-one",
        "auth_uri": f"{server.url}/auth",
        "token_uri": f"{server.url}/token",
    }
    path.write_text(json.dumps({"installed": client}))
    return path


def sheets_environment(server: SheetsServer, folder: Path) -> dict[str, str]:
    """What makes a process of ours ask this server, as a service account."""
    return {
        "GOOGLE_APPLICATION_CREDENTIALS": str(service_account(server, folder)),
        "LEADSYNC_GOOGLE_BASE_URL": server.url,
        "LEADSYNC_RETRY_BASE_S": "0",
    }
