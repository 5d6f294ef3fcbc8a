"""The server: one person's, behind a token that is a file."""

import os
from pathlib import Path

TOKEN_FILE = Path(os.environ.get("NOTEBOOK_TOKEN_FILE", "/etc/secrets/notebook/token"))

token = TOKEN_FILE.read_text().strip()
if len(token) < 16:  # an empty token would let everybody in
    raise SystemExit(f"{TOKEN_FILE} holds no token")

c = get_config()  # noqa: F821 (Jupyter gives it)
c.IdentityProvider.token = token
c.PasswordIdentityProvider.allow_password_change = False
c.ServerApp.ip = os.environ.get("NOTEBOOK_IP", "0.0.0.0")
c.ServerApp.port = int(os.environ.get("NOTEBOOK_PORT", "8888"))
c.ServerApp.port_retries = 0
c.ServerApp.allow_remote_access = True
c.ServerApp.open_browser = False
c.ServerApp.quit_button = False
c.ServerApp.root_dir = os.environ.get("NOTEBOOK_WORK", "/home/jovyan/work")
c.ServerApp.log_level = "WARN"
c.KernelManager.transport = "ipc"  # kernels are in the same pod: files that only their user can open, and no ports
c.FileContentsManager.delete_to_trash = False  # the trash would lie on another volume
