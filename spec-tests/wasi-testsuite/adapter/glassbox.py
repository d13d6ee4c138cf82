"""Glassbox for the runner of WebAssembly/wasi-testsuite.

    ./run-tests --runtime-adapter …/spec-tests/wasi-testsuite/adapter/glassbox.py

The environment variable GLASSBOX names another command than the program that `npm run build` makes.
"""
import os
import shlex
import subprocess
from pathlib import Path
from typing import Dict, List, Optional, Tuple

_BUILT = Path(__file__).resolve().parents[3] / "dist" / "glassbox.cjs"
GLASSBOX = shlex.split(os.environ["GLASSBOX"]) if "GLASSBOX" in os.environ else ["node", str(_BUILT)]


def get_name() -> str:
    return "glassbox"


def get_version() -> str:
    # The program answers `glassbox 1.2.3`.
    shown = subprocess.run(GLASSBOX + ["--version"], encoding="UTF-8", capture_output=True, check=True)
    return shown.stdout.split()[1]


def get_wasi_versions() -> List[str]:
    return ["wasm32-wasip1"]


def get_wasi_worlds() -> List[str]:
    return ["wasi:cli/command"]


def get_timeout_seconds() -> float:
    return 30.0


def compute_argv(
    test_path: str,
    args_env_root: Tuple[List[str], Dict[str, str], Optional[str]],
    proposals: List[str],
    wasi_world: str,
    wasi_version: str,
) -> List[str]:
    args, env, root = args_env_root
    argv = GLASSBOX + ["run"]
    for name, value in env.items():
        argv += ["--env", f"{name}={value}"]
    if root:
        argv += ["--dir", f"{root}::/"]
    return argv + [str(test_path)] + args
