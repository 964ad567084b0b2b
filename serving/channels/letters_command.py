"""`herald notify letters`: prints the batch of letters that wait."""

from pathlib import Path

from recommender.adapters.settings import read_settings
from recommender.clock import SystemClock
from recommender.errors import SettingsError
from recommender.reasons import choose
from serving.channels.letter import Batch, Spool
from serving.channels.settings import ChannelSettings
from serving.messages.settings import MessageSettings


def print_batch() -> Batch | None:
    """The batch printed; None when no letter waits. Raises SettingsError when no folder is set."""
    settings = read_settings(ChannelSettings)
    folder, font = settings.letter_folder, settings.letter_font
    if not folder:
        raise SettingsError("[channels] letter_folder is not set", mend="set HERALD_CHANNELS_LETTER_FOLDER")
    sender = choose(read_settings(MessageSettings).sender, "en")
    return Spool(Path(folder), Path(font) if font else None).print_batch(SystemClock().now(), sender)
