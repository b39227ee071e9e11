"""The service: interactions in over HTTP or a stream, verdicts, rewards and console out; embedded storage."""

from typing import TYPE_CHECKING

from zhenzan.deprecation import renamed_names
from zhenzan.service.api_keys import STAFF, AccessError, ApiKey, ApiKeys, Principal, Role
from zhenzan.service.app import make_app
from zhenzan.service.auth import needs
from zhenzan.service.backup import Restored, back_up, restore
from zhenzan.service.backup_manifest import BackupError, CopiedFile, Manifest
from zhenzan.service.file_permissions import restrict_permissions
from zhenzan.service.home_binding import ANCHOR, AdoptedHome, accept
from zhenzan.service.option_checks import check_options
from zhenzan.service.pages.base import MenuEntry, page, refused
from zhenzan.service.ports import reserved_port
from zhenzan.service.resources import Resources
from zhenzan.service.server import serve
from zhenzan.service.settings import Settings
from zhenzan.service.tasks import PeriodicTask
from zhenzan.service.viewer_tokens import SigningKey, ViewerTokens, new_signing_key, sign_token
from zhenzan.service.worker_supervisor import stop_process

__all__ = [
    "ANCHOR",
    "STAFF",
    "AccessError",
    "AdoptedHome",
    "ApiKey",
    "ApiKeys",
    "BackupError",
    "CopiedFile",
    "Manifest",
    "MenuEntry",
    "PeriodicTask",
    "Principal",
    "Resources",
    "Restored",
    "Role",
    "Settings",
    "SigningKey",
    "ViewerTokens",
    "accept",
    "back_up",
    "check_options",
    "make_app",
    "needs",
    "new_signing_key",
    "page",
    "refused",
    "reserved_port",
    "restore",
    "restrict_permissions",
    "serve",
    "sign_token",
    "stop_process",
]

if not TYPE_CHECKING:  # a type checker knows the new names alone
    __getattr__ = renamed_names(__name__)
