"""`herald serve`: settings, the socket, the parts, and then answering until told to stop."""

from collections.abc import Mapping
from pathlib import Path

from recommender.adapters.settings import read_settings
from serving import logs
from serving.assembling import assemble
from serving.listening import bind, exit_on_sigterm, listen
from serving.settings import ServingSettings, check_safe


def run(descriptor_file: Path, var: Path | None, given: Mapping[str, object]) -> None:
    """Serve until SIGTERM or SIGINT. Raises SetupError when something that must be there is not."""
    settings = read_settings(ServingSettings, **given)
    check_safe(settings)
    logs.configure(settings.log_level)
    exit_on_sigterm()
    listening = bind(settings.host, settings.port)
    try:
        herald = assemble(descriptor_file, var, settings)
    except BaseException:
        listening.close()
        raise
    listen(herald, listening)
