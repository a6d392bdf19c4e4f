"""Brings the plugin into a pytest that `tt-memwatch run` watches, without an installation.

An installed plugin is used as it is; whether the two understand each other is settled by their greeting. Without one,
the engine's own copy is appended to the path.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import sys

import pytest

_PLUGIN = "tt_memwatch.plugin"


def pytest_addoption(parser: pytest.Parser, pluginmanager: pytest.PytestPluginManager) -> None:
    if _is_installed() and not os.environ.get("PYTEST_DISABLE_PLUGIN_AUTOLOAD"):
        return  # its own entry point loads it
    source = os.environ.get("TT_MEMWATCH_PLUGIN_PATH")
    if importlib.util.find_spec("tt_memwatch") is None and source:
        sys.path.append(source)
    if not any(getattr(plugin, "__name__", None) == _PLUGIN for plugin in pluginmanager.get_plugins()):
        pluginmanager.import_plugin(_PLUGIN)


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    """Leave the list of installed plugins, which pytest's header and reports show: nobody installed this one."""
    installed = getattr(early_config.pluginmanager, "_plugin_distinfo", [])
    installed[:] = [(plugin, distribution) for plugin, distribution in installed if plugin is not sys.modules[__name__]]


def _is_installed() -> bool:
    try:
        importlib.metadata.distribution("pytest-tt-memwatch")
    except importlib.metadata.PackageNotFoundError:
        return False
    return True
