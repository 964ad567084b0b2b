"""`herald notify letters`: prints the batch of letters that wait."""

from datetime import timedelta
from pathlib import Path

from recommender.adapters.settings import read_settings
from recommender.clock import SystemClock
from recommender.errors import SettingsError
from recommender.reasons import choose
from serving.channels.letter import Batch, Spool
from serving.channels.settings import ChannelSettings
from serving.messages.settings import MessageSettings


def print_batch() -> Batch | None:
    """The batch printed; None when no letter waits. Pages of batches long posted go.

    Raises SettingsError when no folder is set.
    """
    settings = read_settings(ChannelSettings)
    folder, font = settings.letter_folder, settings.letter_font
    if not folder:
        raise SettingsError("[channels] letter_folder is not set", mend="set HERALD_CHANNELS_LETTER_FOLDER")
    sender = choose(read_settings(MessageSettings).sender, "en")
    spool, now = Spool(Path(folder), Path(font) if font else None), SystemClock().now()
    batch = spool.print_batch(now, sender)
    spool.drop_pages(now - timedelta(days=settings.letter_days))
    return batch
