"""The service: interactions in over HTTP, verdicts and rewards out, one process on embedded storage."""

from zhenzan.service.app import make_app
from zhenzan.service.backup import Restored, back_up, restore
from zhenzan.service.copies import BackupError, Copied, Manifest
from zhenzan.service.core import Core
from zhenzan.service.options import check_options
from zhenzan.service.people import AccessError, ApiKey, People, Person, Role
from zhenzan.service.ports import reserved_port
from zhenzan.service.serving import serve, stop_process
from zhenzan.service.settings import Settings
from zhenzan.service.viewer_tokens import SigningKey, ViewerTokens, new_signing_key, sign_token

__all__ = [
    "AccessError",
    "ApiKey",
    "BackupError",
    "Copied",
    "Core",
    "Manifest",
    "People",
    "Person",
    "Restored",
    "Role",
    "Settings",
    "SigningKey",
    "ViewerTokens",
    "back_up",
    "check_options",
    "make_app",
    "new_signing_key",
    "reserved_port",
    "restore",
    "serve",
    "sign_token",
    "stop_process",
]
